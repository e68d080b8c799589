import Fits

/// One setting: its name, the values it allows, and its property of ``Settings``.
///
/// The name `head_timeout_s` is also its key in the file; the flag is `--head-timeout-s` and the
/// environment variable `BNSL_HEAD_TIMEOUT_S`.
public struct SettingKey: Sendable {
  public let name: String
  /// What it does, in a sentence or two.
  public let explanation: String
  /// The values it allows, for messages: "a whole number from 0 to 65535".
  public let allowed: String
  /// Whether it takes several values: a sequence in the file, separated by commas elsewhere.
  let isList: Bool
  /// Its value as texts, which `assign` reads back.
  let texts: @Sendable (Settings) -> [String]
  /// Sets its value from texts; returns false when they are not allowed.
  let assign: @Sendable (inout Settings, [String]) -> Bool

  public var flag: String { "--" + name.replacing("_", with: "-") }

  public var environmentVariable: String { "BNSL_" + name.uppercased() }
}

// MARK: Kinds

extension SettingKey {
  /// A property of ``Settings``.
  typealias Property<Value> = WritableKeyPath<Settings, Value> & Sendable

  static func integer(
    _ name: String, _ property: any Property<Int>, _ range: ClosedRange<Int>, _ explanation: String
  ) -> SettingKey {
    SettingKey(
      name, property, allowed: words(for: range), explanation,
      parse: { text in DecimalNumber(text)?.integer.flatMap { range.contains($0) ? $0 : nil } },
      text: { String($0) })
  }

  /// A whole number, or `auto`, which is nil.
  static func integerOrAuto(
    _ name: String, _ property: any Property<Int?>, _ range: ClosedRange<Int>,
    _ explanation: String
  ) -> SettingKey {
    SettingKey(
      name, property, allowed: words(for: range) + ", or auto", explanation,
      parse: { text in
        if text == "auto" { return .some(nil) }
        guard let integer = DecimalNumber(text)?.integer, range.contains(integer) else {
          return nil
        }
        return integer
      },
      text: { $0.map(String.init) ?? "auto" })
  }

  /// A duration, in the unit that the name ends with.
  static func duration(
    _ name: String, _ property: any Property<Double>, _ range: ClosedRange<Double>,
    _ explanation: String
  ) -> SettingKey {
    SettingKey(
      name, property, allowed: "a number " + NumberRange.closed(range).words, explanation,
      parse: { text in DecimalNumber(text).flatMap { range.contains($0.value) ? $0.value : nil } },
      text: { $0.jsonText })
  }

  static func choice<Choice>(
    _ name: String, _ property: any Property<Choice>, _ explanation: String
  ) -> SettingKey where Choice: RawRepresentable<String> & CaseIterable & Sendable {
    SettingKey(
      name, property, allowed: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "),
      explanation, parse: { Choice(rawValue: $0) }, text: { $0.rawValue })
  }

  static func text(
    _ name: String, _ property: any Property<String>, _ explanation: String
  ) -> SettingKey {
    SettingKey(
      name, property, allowed: "a text that is not empty", explanation,
      parse: { $0.isEmpty ? nil : $0 }, text: { $0 })
  }

  /// A text, or nothing (in YAML also `null` and `~`), which is nil.
  static func textOrNone(
    _ name: String, _ property: any Property<String?>, _ explanation: String
  ) -> SettingKey {
    SettingKey(
      name, property, allowed: "a text, or nothing", explanation,
      parse: { .some(["", "null", "~"].contains($0) ? nil : $0) }, text: { $0 ?? "" })
  }

  static func list(
    _ name: String, _ property: any Property<[String]>, of items: String = "texts",
    _ explanation: String, isAllowed: @escaping @Sendable (String) -> Bool = { !$0.isEmpty }
  ) -> SettingKey {
    SettingKey(
      name: name, explanation: explanation,
      allowed: "\(items), a sequence in the file and separated by commas elsewhere", isList: true,
      texts: { $0[keyPath: property] },
      assign: { settings, texts in
        settings[keyPath: property] = texts
        return texts.allSatisfy(isAllowed)
      })
  }

  /// A setting of one text; `parse` returns nil for a text that is not allowed.
  private init<Value>(
    _ name: String, _ property: any Property<Value>, allowed: String, _ explanation: String,
    parse: @escaping @Sendable (String) -> Value?, text: @escaping @Sendable (Value) -> String
  ) {
    self.init(
      name: name, explanation: explanation, allowed: allowed, isList: false,
      texts: { [text($0[keyPath: property])] },
      assign: { settings, texts in
        guard texts.count == 1, let value = parse(texts[0]) else { return false }
        settings[keyPath: property] = value
        return true
      })
  }
}

extension SettingKey {
  /// This setting's line in the file.
  func yaml(_ settings: Settings) -> String {
    let values = texts(settings).map(Self.scalar)
    return "\(name): " + (isList ? "[\(values.joined(separator: ", "))]" : values.joined())
  }

  /// A text as a YAML scalar: plain where it is unambiguous, else in quotes with the escapes of
  /// JSON, which YAML has too.
  private static func scalar(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789./_-".unicodeScalars.contains($0))
      } && !text.hasPrefix("-")
    return isPlain ? text : String(decoding: JSONWriter.bytes(of: text), as: UTF8.self)
  }
}

extension Settings {
  /// The example file: every setting with its explanation, its range and its default.
  public static let exampleFile: String = {
    let head = """
      # The settings of bnsl, each with its default: `bnsl serve --config bnsl.yaml`, or BNSL_CONFIG.
      # A flag (--head-timeout-s 5) overrides an environment variable (BNSL_HEAD_TIMEOUT_S=5), which
      # overrides this file. With an unknown name the service does not start.

      """
    return SettingKey.all.reduce(into: head) { file, key in
      file += "\n" + wrapped(key.explanation) + wrapped("Allowed: \(key.allowed).")
      file += key.yaml(Settings()) + "\n"
    }
  }()

  /// Comment lines of at most 96 characters.
  private static func wrapped(_ text: String) -> String {
    var lines = ["#"]
    for word in text.split(separator: " ") {
      if lines[lines.count - 1].count + 1 + word.count > 96 { lines.append("#") }
      lines[lines.count - 1] += " " + word
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
