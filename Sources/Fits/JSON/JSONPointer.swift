/// A place in a JSON document, RFC 6901: `/points/3/1`; the empty pointer is the whole document.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
  /// The pointer as it is written, `~` and `/` inside names escaped.
  public private(set) var description: String

  /// The whole document.
  public static let root = JSONPointer(description: "")

  /// The pointer to a member of the object here.
  ///
  /// Names come from clients, and pointers go back in answers: of a longer name only the first
  /// 64 characters are kept, followed by an ellipsis.
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
  /// This text, or its first `length` characters and an ellipsis: for echoing what a client sent.
  package func bounded(to length: Int) -> String {
    // Unicode scalars: one character may be megabytes of combining marks.
    let scalars = unicodeScalars
    guard
      let end = scalars.index(scalars.startIndex, offsetBy: length, limitedBy: scalars.endIndex),
      end < scalars.endIndex
    else { return self }
    return String(scalars[..<end]) + "…"
  }
}
