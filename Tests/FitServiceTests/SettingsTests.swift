import Foundation
import Jobs
import Testing

@testable import FitService
@testable import Fits

@Suite("Settings come from flags, environment, file and defaults, and nothing is guessed")
struct SettingsTests {
  private func load(
    flags: [String] = [], environment: [String: String] = [:], file: String? = nil
  ) throws(SettingsError) -> LoadedSettings {
    try LoadedSettings(
      flags: try LoadedSettings.flags(in: flags), environment: environment,
      file: file.map { (name: "bnsl.yaml", content: Array($0.utf8)) })
  }

  private func faults(
    flags: [String] = [], environment: [String: String] = [:], file: String? = nil
  ) -> [String] {
    do throws(SettingsError) {
      _ = try load(flags: flags, environment: environment, file: file)
      return []
    } catch {
      return error.faults
    }
  }

  @Test("without anything the defaults hold")
  func defaults() throws {
    let loaded = try load()
    #expect(loaded.settings == Settings())
    #expect(loaded.origins == [:])
  }

  @Test("a flag goes before the environment, this before the file, this before the default")
  func precedence() throws {
    let file = "port: 1\nqueue_capacity: 2\nmax_curves: 3\n"
    let environment = ["BNSL_PORT": "10", "BNSL_QUEUE_CAPACITY": "20", "PORT": "99"]
    let loaded = try load(flags: ["--port", "100"], environment: environment, file: file)
    #expect(loaded.settings.port == 100)
    #expect(loaded.settings.queueCapacity == 20)
    #expect(loaded.settings.maxCurves == 3)
    #expect(loaded.settings.maxBreaks == 5)
    #expect(
      loaded.origins == [
        "port": "--port", "queue_capacity": "BNSL_QUEUE_CAPACITY",
        "max_curves": "bnsl.yaml: max_curves",
      ])
  }

  @Test("every setting can be set in every way, to another value than its default")
  func everySetting() throws {
    let others: [String: String] = [
      "host": "0.0.0.0", "log_format": "json", "log_level": "debug", "store": "memory",
      "store_sync": "full", "data_dir": "/data", "api_keys_file": "/etc/keys",
      "cors_origins": "https://a.example,https://b.example", "allowed_hosts": "a,b",
      "trusted_proxies": "10.0.0.1,10.0.0.2", "max_breaks": "4", "wait_default_s": "1.5",
      "wait_max_s": "61.5", "max_points": "5000", "max_points_total": "200000",
      "max_body_bytes": "4096", "max_body_bytes_total": "16777216",
      "max_head_bytes": "2048", "max_output_bytes": "70000", "retention_bytes": "2000000",
    ]
    for key in SettingKey.all {
      let other = others[key.name] ?? "77"
      let yaml = key.isList ? "[\(other.replacing(",", with: ", "))]" : other
      let ways = [
        try load(flags: [key.flag, other]), try load(flags: ["\(key.flag)=\(other)"]),
        try load(environment: [key.environmentVariable: other]),
        try load(file: "\(key.name): \(yaml)\n"),
      ]
      for loaded in ways {
        #expect(key.texts(loaded.settings).joined(separator: ",") == other, "\(key.name)")
        #expect(loaded.settings != Settings(), "\(key.name)")
        #expect(loaded.origins.keys.elementsEqual([key.name]))
      }
    }
  }

  @Test("names are unique, and every property of the settings has one")
  func complete() {
    let names = SettingKey.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.count == Mirror(reflecting: Settings()).children.count)
  }

  @Test(
    "an unknown name stops the start, with the nearest one that is known",
    arguments: [
      (["--prot", "1"], [:], "", ["`--prot` is no option (did you mean `--port`?)"]),
      (["--port"], [:], "", ["--port needs a value: a whole number from 0 to 65535"]),
      (["--port", "1", "--port=2"], [:], "", ["--port is given more than once"]),
      (["serve"], [:], "", ["`serve` is no option"]),
      ([], ["BNSL_PROT": "secret"], "", ["BNSL_PROT is no setting (did you mean `BNSL_PORT`?)"]),
      (
        [], [:], "head_timeouts: 3",
        [
          "bnsl.yaml: `head_timeouts` is no setting (did you mean `head_timeout_s`?)"
        ]
      ),
      ([], [:], "port: 1\nserver:\n  port: 2\n", ["bnsl.yaml: `server.port` is no setting"]),
      (
        [], ["BNSL_SERVICE_HOST": "10.0.0.1"], "",
        [
          "BNSL_SERVICE_HOST is no setting",
          "Kubernetes sets BNSL_PORT and others for a Service named `bnsl`; "
            + "set enableServiceLinks: false in the pod, or name the Service otherwise",
        ]
      ),
    ] as [([String], [String: String], String, [String])])
  func unknown(flags: [String], environment: [String: String], file: String, told: [String]) {
    #expect(faults(flags: flags, environment: environment, file: file) == told)
  }

  @Test("variables that are no settings are let alone")
  func otherVariables() throws {
    let environment = ["BNSL_CONFIG": "f", "BNSL_DATA": "d", "BNSL_API_KEY": "k", "PATH": "/bin"]
    #expect(try load(environment: environment).settings == Settings())
  }

  @Test(
    "a bad value stops the start, with what was got and what is allowed",
    arguments: [
      ("port", "65536", "a whole number from 0 to 65535"),
      ("port", "-1", "a whole number from 0 to 65535"),
      ("port", "http", "a whole number from 0 to 65535"),
      ("port", "80.0", "a whole number from 0 to 65535"),
      ("port", "0x50", "a whole number from 0 to 65535"),
      ("port", "", "a whole number from 0 to 65535"),
      ("port", "8_080", "a whole number from 0 to 65535"),
      ("head_timeout_s", "0", "a number from 0.1 to 3600"),
      ("head_timeout_s", "10s", "a number from 0.1 to 3600"),
      ("head_timeout_s", ".inf", "a number from 0.1 to 3600"),
      ("workers", "0", "a whole number from 1 to 1024, or auto"),
      ("workers", "many", "a whole number from 1 to 1024, or auto"),
      ("log_level", "loud", "one of trace, debug, info, notice, warning, error, critical"),
      ("store", "SQLite", "one of sqlite, memory"), ("host", "", "a text that is not empty"),
      (
        "trusted_proxies", "10.0.0.0/33",
        "addresses or ranges such as 10.0.0.0/8, a sequence in the file and separated by commas "
          + "elsewhere"
      ),
      ("cors_origins", "a,,b", "texts, a sequence in the file and separated by commas elsewhere"),
    ])
  func badValues(name: String, value: String, allowed: String) throws {
    let key = try #require(SettingKey.all.first { $0.name == name })
    let given = key.isList ? value.replacing(",", with: ", ") : value
    func told(_ origin: String) -> [String] {
      ["\(origin): `\(given)` is not allowed; it must be \(allowed)"]
    }
    #expect(faults(flags: ["\(key.flag)=\(value)"]) == told(key.flag))
    #expect(faults(environment: [key.environmentVariable: value]) == told(key.environmentVariable))
    #expect(faults(file: "\(name): \"\(value)\"\n") == told("bnsl.yaml: \(name)"))
  }

  @Test("a key may take half of the queue unless a number is set, an address all of it")
  func share() {
    var settings = Settings()
    #expect(settings.queue.capacityPerClient == nil)
    settings.apiKeysFile = "keys"
    #expect(settings.queue.capacityPerClient == 500)
    settings.queueCapacity = 1
    #expect(settings.queue.capacityPerClient == 1)
    settings.queueLimitPerClient = 7
    #expect(settings.queue.capacityPerClient == 7)
  }

  @Test("all that is wrong is told at once")
  func allAtOnce() {
    let told = faults(
      environment: ["BNSL_PORT": "x", "BNSL_NOTHING": "1"], file: "workers: 0\nstor: memory\n")
    #expect(told.count == 4)
  }

  @Test("values that contradict each other are refused")
  func contradictions() {
    #expect(
      faults(environment: ["BNSL_WAIT_MAX_S": "5"]) == [
        "wait_default_s (10) must not exceed wait_max_s (5)"
      ])
    #expect(faults(environment: ["BNSL_MAX_POINTS": "2000000"]).count == 1)
    #expect(faults(environment: ["BNSL_MAX_BODY_BYTES_TOTAL": "8388607"]).count == 1)
  }

  @Test(
    "a file that is no mapping of names to values is refused",
    arguments: [
      "- port\n", "port\n", "port: [1\n", "port: 1\nport: 2\n", "port: {\n", "\tport: 1\n",
      "port: [[1]]\n",
    ])
  func brokenFiles(file: String) {
    #expect(faults(file: file).count == 1)
  }

  @Test("a sequence is no value for a setting of one", arguments: ["port: [1, 2]\n", "host: []\n"])
  func sequences(file: String) {
    #expect(faults(file: file).count == 1)
  }

  @Test(
    "a file without settings is allowed", arguments: ["", "\n\n", "# nothing\n  # yet\r\n", "{}"])
  func emptyFiles(file: String) throws {
    #expect(try load(file: file).settings == Settings())
  }

  @Test("nothing, in each spelling, means no key file", arguments: ["", "~", "null", "\"\""])
  func none(text: String) throws {
    #expect(try load(file: "api_keys_file: \(text)\ncors_origins: []\n").settings == Settings())
    #expect(try load(environment: ["BNSL_ALLOWED_HOSTS": ""]).settings == Settings())
  }

  @Test("the report is a file that gives the same settings, with the origin of each")
  func report() throws {
    let loaded = try load(
      flags: ["--host", "::1"], environment: ["BNSL_CORS_ORIGINS": "https://a.example, *"],
      file: "workers: 3\n")
    let report = loaded.report
    #expect(try load(file: report).settings == loaded.settings)
    #expect(report.contains("\"::1\"                         # --host\n"))
    #expect(report.contains("workers: 3                          # bnsl.yaml: workers\n"))
    #expect(report.contains("port: 8080                          # default\n"))
    #expect(report.contains("cors_origins: [\"https://a.example\", \"*\"] # BNSL_CORS_ORIGINS\n"))
  }

  @Test("the example file is the one in Config, and gives the defaults")
  func exampleFile() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let content = try String(contentsOf: root.appending(path: "Config/bnsl.yaml"), encoding: .utf8)
    #expect(content == Settings.exampleFile)
    #expect(try load(file: content).settings == Settings())
    for line in content.split(separator: "\n") { #expect(line.count <= 96) }
  }
}
