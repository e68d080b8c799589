import Fits

/// The effective settings, and where each came from.
///
/// Flags go before environment variables, these before the file, and the file before the defaults.
public struct LoadedSettings: Sendable {
  public let settings: Settings
  /// Where each setting came from, by its name; the defaults are left out.
  public let origins: [String: String]

  /// Reads the settings; everything that is wrong is told at once.
  ///
  /// - Parameters:
  ///   - flags: The values of flags by the names of their settings, as ``flags(in:)`` finds them.
  ///   - environment: The environment; variables without the prefix `BNSL_` do not matter.
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
    // Only of values that are allowed one by one can be said that they contradict each other.
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
        // What follows an unknown flag is most probably its value.
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

  /// The effective values with their origins, as `bnsl config` prints them: YAML that could be the
  /// file. Nothing in it is secret: API keys are in a file of their own, hashed.
  public var report: String {
    SettingKey.all.map { key in
      let line = key.yaml(settings)
      let padding = String(repeating: " ", count: max(1, 36 - line.count))
      return "\(line)\(padding)# \(origins[key.name] ?? "default")\n"
    }.joined()
  }
}

/// Everything that is wrong with the settings; the service does not start.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
  public let faults: [String]

  public var description: String { faults.joined(separator: "\n") }
}

extension Settings {
  /// What is allowed by itself but makes no sense together.
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
