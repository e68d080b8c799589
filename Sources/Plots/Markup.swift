import Foundation

/// Writes XML, and escapes all texts.
struct Markup {
  private(set) var text = ""

  /// Writes an element; without `content` it is empty.
  mutating func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:],
    content: ((inout Markup) -> Void)? = nil
  ) {
    text += "<" + name
    for (name, value) in attributes { text += " \(name)=\"\(value.escaped)\"" }
    guard let content else {
      text += "/>"
      return
    }
    text += ">"
    content(&self)
    text += "</\(name)>"
  }

  mutating func characters(_ characters: String) { text += characters.escaped }

  /// Writes a path. Does not escape its texts, which must not come from a client.
  mutating func path(_ attributes: String, _ data: String) {
    text += "<path \(attributes) d=\"\(data)\"/>"
  }

  /// Starts a new line between elements.
  mutating func newline() { text += "\n" }
}

extension String {
  /// The text for a text or a double-quoted attribute of XML or HTML. Characters that XML 1.0
  /// forbids (section 2.2) are replaced.
  package var escaped: String {
    var escaped = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\t", "\n", "\r", "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}",
        "\u{10000}"..."\u{10FFFF}":
        escaped.unicodeScalars.append(scalar)
      default: escaped += "\u{FFFD}"
      }
    }
    return escaped
  }
}

extension Double {
  /// The number as a coordinate of a drawing, to a tenth.
  var drawn: String {
    // Limited, because renderers use single precision; such places are never visible.
    guard !isNaN else { return "0" }
    let tenths = (Swift.max(-1e5, Swift.min(1e5, self)) * 10).rounded() / 10
    return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
  }
}
