import Configuration
import Foundation
import Jobs
import Locks
import Fits

/// One of the places that settings come from, read by swift-configuration.
///
/// All values are read as text, so that one set of rules says what is allowed wherever it stands.
struct SettingLayer {
  /// How a setting is called here, for messages and `bnsl config`.
  let origin: (SettingKey) -> String
  private let snapshot: any ConfigSnapshot
  /// What stands before the name of a setting.
  private let prefix: [String]

  /// Variables that are no settings: the file, and what the command and the tests read.
  private static let otherVariables: Set = ["BNSL_CONFIG", "BNSL_DATA", "BNSL_API_KEY"]

  init(flags: [String: String]) {
    var values: [AbsoluteConfigKey: ConfigValue] = [:]
    for (name, value) in flags {
      values[AbsoluteConfigKey([name])] = ConfigValue(.string(value), isSecret: false)
    }
    snapshot = InMemoryProvider(values: values).snapshot()
    prefix = []
    origin = \.flag
  }

  /// The variables that begin with `BNSL_`; unknown ones are noted.
  init(environment: [String: String], _ faults: inout [String]) {
    snapshot = EnvironmentVariablesProvider(environmentVariables: environment).snapshot()
    prefix = ["bnsl"]
    origin = \.environmentVariable
    let known = SettingKey.all.map(\.environmentVariable)
    let names = environment.keys.filter { $0.hasPrefix("BNSL_") }.sorted()
    // Values are not told: an unknown variable may hold a secret.
    for name in names where !known.contains(name) && !Self.otherVariables.contains(name) {
      faults.append(
        "\(name) is no setting" + Spelling.suggestion(for: name, among: known))
    }
    if environment["BNSL_SERVICE_HOST"] != nil {
      faults.append(
        "Kubernetes sets BNSL_PORT and others for a Service named `bnsl`; "
          + "set enableServiceLinks: false in the pod, or name the Service otherwise")
    }
  }

  /// A file in YAML; unknown keys are noted.
  init(file: [UInt8], name: String, _ faults: inout [String]) throws(SettingsError) {
    prefix = []
    origin = { "\(name): \($0.name)" }
    // A snapshot answers for a key but does not list its keys. It asks of each one, while it reads,
    // whether it is secret, which none is: that is where they are noted.
    let found = Locked<Set<String>>([])
    do {
      // A file of comments only is no mapping to YAML, but a fair beginning to its author.
      let content = Self.isEmpty(file) ? Array("{}".utf8) : file
      let options = YAMLSnapshot.ParsingOptions(
        secretsSpecifier: .dynamic { key, _ in
          found.withLock { _ = $0.insert(key) }
          return false
        })
      snapshot = try YAMLSnapshot(
        data: content.span.bytes, providerName: name, parsingOptions: options)
    } catch {
      throw SettingsError(faults: ["\(name): \(error)"])
    }
    let known = SettingKey.all.map(\.name)
    for key in found.withLock({ $0.sorted() }) where !known.contains(key) {
      faults.append(
        "\(name): `\(key.bounded(to: 80))` is no setting"
          + Spelling.suggestion(for: key, among: known))
    }
  }

  /// The texts that this layer gives to a setting, or nil when it says nothing of it.
  func texts(of key: SettingKey) -> [String]? {
    let place = AbsoluteConfigKey(prefix + [key.name])
    // A sequence in the file cannot be had as one text: the lookup throws.
    if let found = try? snapshot.value(forKey: place, type: .string) {
      guard case .string(let text)? = found.value?.content else { return nil }
      guard key.isList else { return [text] }
      return text.isEmpty
        ? []
        : text.split(separator: ",", omittingEmptySubsequences: false)
          .map { $0.trimmingCharacters(in: .whitespaces) }
    }
    guard let found = try? snapshot.value(forKey: place, type: .stringArray),
      case .stringArray(let texts)? = found.value?.content
    else { return nil }
    return texts
  }

  private static func isEmpty(_ file: [UInt8]) -> Bool {
    file.split(separator: UInt8(ascii: "\n")).allSatisfy { line in
      let first = line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }
      return first == nil || first == UInt8(ascii: "#")
    }
  }
}
