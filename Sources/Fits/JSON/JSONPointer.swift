/// A place in a JSON document by RFC 6901, such as `/points/3/1`; the empty pointer is the root.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
  /// The pointer as text, with `~` and `/` in names escaped.
  public private(set) var description: String

  /// The whole document.
  public static let root = JSONPointer(description: "")

  /// The pointer to a member of the object here.
  ///
  /// A name of more than 64 characters is cut, because it comes from a client and is repeated in
  /// the answer.
  public func appending(_ name: String) -> JSONPointer {
    var text = description + "/"
    for character in name.bounded(to: 64) {
      switch character {
      case "~": text += "~0"
      case "/": text += "~1"
      default: text.append(character)
      }
    }
    return JSONPointer(description: text)
  }

  /// The pointer to an element of the array here, counted from 0.
  public func appending(_ index: Int) -> JSONPointer {
    JSONPointer(description: "\(description)/\(index)")
  }
}

extension String {
  /// This text, or its first `length` Unicode scalars and an ellipsis: for repeating a client's
  /// text.
  package func bounded(to length: Int) -> String {
    // Not characters, because a single one may have megabytes of combining marks.
    let scalars = unicodeScalars
    guard
      let end = scalars.index(scalars.startIndex, offsetBy: length, limitedBy: scalars.endIndex),
      end < scalars.endIndex
    else { return self }
    return String(scalars[..<end]) + "…"
  }
}
