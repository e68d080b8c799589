import Foundation

/// Writes XML: whatever comes from outside is escaped here and nowhere else.
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

  /// Writes characters.
  mutating func characters(_ characters: String) { text += characters.escaped }

  /// Writes a path; both texts are made of our own words and numbers.
  mutating func path(_ attributes: String, _ data: String) {
    text += "<path \(attributes) d=\"\(data)\"/>"
  }

  /// Starts a new line, where that is not part of any text.
  mutating func newline() { text += "\n" }
}

extension String {
  /// The text with what means something in XML and HTML escaped, in text and in double quotes, and
  /// without what XML 1.0 forbids (section 2.2: control characters, surrogates and the two
  /// non-characters).
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
    // Renderers keep coordinates in single precision; nothing so far away is seen.
    guard !isNaN else { return "0" }
    let tenths = (Swift.max(-1e5, Swift.min(1e5, self)) * 10).rounded() / 10
    return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
  }
}
