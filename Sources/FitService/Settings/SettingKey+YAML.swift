import Fits

extension SettingKey {
  /// This setting's line in the file.
  func yaml(_ settings: Settings) -> String {
    let values = texts(settings).map(Self.scalar)
    return "\(name): " + (isList ? "[\(values.joined(separator: ", "))]" : values.joined())
  }

  /// A text as a YAML scalar: plain where no reader could take it for something else, else in
  /// quotes with JSON's escapes, which are YAML's too.
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
      # A flag (--head-timeout-s 5) goes before an environment variable (BNSL_HEAD_TIMEOUT_S=5), and
      # that before this file. A name that is unknown here stops the start.

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
