import Fits

/// One setting: its name, what it may be, and the property of ``Settings`` that keeps it.
///
/// From the name `head_timeout_s` follow the flag `--head-timeout-s`, the environment variable
/// `BNSL_HEAD_TIMEOUT_S` and the key in the file.
public struct SettingKey: Sendable {
  public let name: String
  /// What it does, in a sentence or two.
  public let explanation: String
  /// What it may be, for messages: "a whole number from 0 to 65535".
  public let allowed: String
  /// Whether it takes several values: a sequence in the file, separated by commas elsewhere.
  let isList: Bool
  /// The texts that would set it to what it is in these settings.
  let texts: @Sendable (Settings) -> [String]
  /// Sets it to what the texts say; false when that is not allowed.
  let assign: @Sendable (inout Settings, [String]) -> Bool

  public var flag: String { "--" + name.replacing("_", with: "-") }

  public var environmentVariable: String { "BNSL_" + name.uppercased() }
}

// MARK: Kinds

extension SettingKey {
  /// A property of ``Settings``; a literal of it can be sent to any thread.
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

  /// A setting of one text, which `parse` turns into a value or refuses.
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
