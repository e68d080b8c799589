extension String {
  /// How wide the text is at most, in ems, whatever common sans-serif font draws it.
  ///
  /// From the widths of DejaVu Sans, the widest of the fonts that a reader is likely to have.
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
}

extension Unicode.Scalar {
  fileprivate var ems: Double {
    switch self {
    case "0"..."9", "$", "_", "?": 0.64
    case "i", "j", "l", "'", "|": 0.34
    case "f", "r", "t", " ", ".", ",", ":", ";", "(", ")", "[", "]", "/", "\\", "-", "!", "I": 0.42
    case "m", "w", "M", "W", "%", "@": 1
    case "a"..."z": 0.64
    case "A"..."Z", "~"..."¬", "&", "+", "=", "<", ">", "#", "^", "×", "−", "±": 0.84
    default: 1.05
    }
  }
}
