extension String {
  /// An upper bound of the text's width in ems, for common sans-serif fonts.
  ///
  /// From the widths of DejaVu Sans, the widest of these fonts.
  var ems: Double { unicodeScalars.reduce(0) { $0 + $1.ems } }

  /// The text, cut with an ellipsis where it would be wider than `width` ems.
  func cut(toEms width: Double) -> String {
    guard ems > width else { return self }
    var kept = ""
    var used = "…".ems
    for character in self {
      used += String(character).ems
      guard used <= width else { break }
      kept.append(character)
    }
    return kept + "…"
  }

  /// The text in lines of at most `width` ems, broken between words; the last line is cut.
  func wrapped(toEms width: Double, lines: Int) -> [String] {
    var wrapped: [String] = []
    for word in split(whereSeparator: \.isWhitespace) {
      if let last = wrapped.last, wrapped.count == lines || (last + " " + word).ems <= width {
        wrapped[wrapped.count - 1] = last + " " + word
      } else {
        wrapped.append(String(word))
      }
    }
    return wrapped.map { $0.cut(toEms: width) }
  }
}

extension Unicode.Scalar {
  fileprivate var ems: Double {
    switch self {
    case "0"..."9", "$", "_", "?": 0.64
    case "i", "j", "l", "'", "|": 0.34
    case "f", "r", "t", " ", ".", ",", ":", ";", "(", ")", "[", "]", "/", "\\", "-", "!", "I": 0.42
    case "m", "w", "M", "W", "%", "@": 1
    case "a"..."z": 0.64
    case "⁰"..."₎", "¹", "²", "³": 0.42
    case "A"..."Z", "~"..."¬", "&", "+", "=", "<", ">", "#", "^", "×", "−", "±": 0.84
    default: 1.05
    }
  }
}
