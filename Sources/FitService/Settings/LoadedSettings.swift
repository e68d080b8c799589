import Fits
import Foundation
import Yams

/// The effective settings, and where each value comes from.
///
/// Flags override environment variables, which override the file, which overrides the defaults.
public struct LoadedSettings: Sendable {
  public let settings: Settings
  /// The origins of all values that are not defaults, by the names of their settings.
  public let origins: [String: String]

  /// Reads the settings, and reports all faults at once.
  ///
  /// - Parameters:
  ///   - flags: The values of flags by the names of their settings, as ``flags(in:)`` finds them.
  ///   - environment: The environment; variables without the prefix `BNSL_` are ignored.
  ///   - file: The name and the content of the file, in YAML.
  /// - Throws: ``SettingsError`` when a name is unknown or a value is not allowed.
  public init(
    flags: [String: String] = [:], environment: [String: String] = [:],
    file: (name: String, content: [UInt8])? = nil
  ) throws(SettingsError) {
    var faults: [String] = []
    var layers = [SettingLayer(flags: flags), SettingLayer(environment: environment, &faults)]
    if let file { layers.append(try SettingLayer(file: file.content, name: file.name, &faults)) }
    var settings = Settings()
    var origins: [String: String] = [:]
    for key in SettingKey.all {
      for layer in layers {
        guard let texts = layer.texts(of: key) else { continue }
        let origin = layer.origin(key)
        if !key.assign(&settings, texts) {
          let given = texts.joined(separator: ", ").bounded(to: 80)
          faults.append("\(origin): `\(given)` is not allowed; it must be \(key.allowed)")
        }
        origins[key.name] = origin
        break
      }
    }
    // Only values that are allowed one by one can be compared with each other.
    if faults.isEmpty { faults = settings.contradictions }
    guard faults.isEmpty else { throw SettingsError(faults: faults) }
    self.settings = settings
    self.origins = origins
  }

  /// The settings among a command's arguments, `--port 80` or `--port=80`, by their names.
  ///
  /// - Throws: ``SettingsError`` for unknown flags, repeated ones and missing values.
  public static func flags(in arguments: [String]) throws(SettingsError) -> [String: String] {
    var flags: [String: String] = [:]
    var faults: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let flag = String(parts[0])
      guard let key = SettingKey.all.first(where: { $0.flag == flag }) else {
        let suggestion = Spelling.suggestion(for: flag, among: SettingKey.all.map(\.flag))
        faults.append("`\(flag.bounded(to: 80))` is no option\(suggestion)")
        // The argument after an unknown flag is probably its value.
        if parts.count == 1, let next = rest.first, !next.hasPrefix("--") { rest.removeFirst() }
        continue
      }
      guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
        faults.append("\(flag) needs a value: \(key.allowed)")
        continue
      }
      if flags.updateValue(value, forKey: key.name) != nil {
        faults.append("\(flag) is given more than once")
      }
    }
    guard faults.isEmpty else { throw SettingsError(faults: faults) }
    return flags
  }

  /// The effective values with their origins, as `bnsl config` prints them: YAML that can be used
  /// as the file. Contains no secret, because API keys are in a file of their own.
  public var report: String {
    SettingKey.all.map { key in
      let line = key.yaml(settings)
      let padding = String(repeating: " ", count: max(1, 36 - line.count))
      return "\(line)\(padding)# \(origins[key.name] ?? "default")\n"
    }.joined()
  }
}

/// All faults of the settings.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
  public let faults: [String]

  public var description: String { faults.joined(separator: "\n") }
}

extension Settings {
  /// The faults of values that are allowed one by one but contradict each other.
  fileprivate var contradictions: [String] {
    var contradictions: [String] = []
    if waitDefault > waitMax {
      contradictions.append(
        "wait_default_s (\(waitDefault.jsonText)) must not exceed wait_max_s (\(waitMax.jsonText))")
    }
    if maxPoints > maxPointsTotal {
      contradictions.append(
        "max_points (\(maxPoints)) must not exceed max_points_total (\(maxPointsTotal))")
    }
    if maxBodyBytes > maxBodyBytesTotal {
      contradictions.append(
        "max_body_bytes (\(maxBodyBytes)) must not exceed max_body_bytes_total "
          + "(\(maxBodyBytesTotal))")
    }
    return contradictions
  }
}

/// One source of settings: the flags, the environment or the file.
///
/// All values are read as texts, so that the same rules apply to every source.
struct SettingLayer {
  /// The name of a setting in this source, for messages and `bnsl config`.
  let origin: (SettingKey) -> String
  /// The given values, by the names of their settings.
  private var values: [String: Value] = [:]

  private enum Value {
    /// One text; for a list its elements, separated by commas.
    case text(String)
    /// A sequence in the file.
    case sequence([String])
  }

  /// Variables that are read elsewhere: the path of the file, and those of commands and tests.
  private static let otherVariables: Set = ["BNSL_CONFIG", "BNSL_DATA", "BNSL_API_KEY"]

  init(flags: [String: String]) {
    origin = \.flag
    values = flags.mapValues(Value.text)
  }

  /// The variables that begin with `BNSL_`; unknown ones are noted.
  init(environment: [String: String], _ faults: inout [String]) {
    origin = \.environmentVariable
    for key in SettingKey.all {
      values[key.name] = environment[key.environmentVariable].map(Value.text)
    }
    let known = SettingKey.all.map(\.environmentVariable)
    let names = environment.keys.filter { $0.hasPrefix("BNSL_") }.sorted()
    // Values are not repeated, because an unknown variable may hold a secret.
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
    origin = { "\(name): \($0.name)" }
    do {
      // A file of comments only is no mapping in YAML, but allowed here.
      let root = try Yams.compose(yaml: String(decoding: file, as: UTF8.self)) ?? [:]
      try read(root, under: [])
    } catch {
      throw SettingsError(faults: ["\(name): \(error)"])
    }
    let known = SettingKey.all.map(\.name)
    for key in values.keys.sorted() where !known.contains(key) {
      faults.append(
        "\(name): `\(key.bounded(to: 80))` is no setting"
          + Spelling.suggestion(for: key, among: known))
    }
  }

  /// Reads a mapping, and those inside it under their names joined by dots.
  private mutating func read(_ node: Node, under names: [String]) throws(WrongForm) {
    guard case .mapping(let mapping) = node else { throw WrongForm(names: names) }
    for (key, value) in mapping {
      let names = names + [key.scalar?.string ?? ""]
      let name = names.joined(separator: ".")
      switch value {
      case .scalar(let scalar): values[name] = .text(scalar.string)
      case .sequence(let elements):
        let texts = elements.compactMap(\.scalar?.string)
        guard texts.count == elements.count else { throw WrongForm(names: names) }
        values[name] = .sequence(texts)
      case .mapping, .alias: try read(value, under: names)
      }
    }
  }

  /// The file has another kind of value at this place.
  private struct WrongForm: Error, CustomStringConvertible {
    let names: [String]

    var description: String {
      names.isEmpty
        ? "the file must be a mapping of names to values"
        : "`\(names.joined(separator: ".").bounded(to: 80))` must be a text or a sequence of texts"
    }
  }

  /// The texts of a setting, or nil when this layer does not have it.
  func texts(of key: SettingKey) -> [String]? {
    switch values[key.name] {
    case nil: nil
    case .sequence(let texts): texts
    case .text(let text) where !key.isList: [text]
    case .text(""): []
    case .text(let text):
      text.split(separator: ",", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }
}
