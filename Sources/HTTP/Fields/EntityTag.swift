/// An entity tag: it identifies one version of a resource (RFC 9110 §8.8.3).
public struct EntityTag: Sendable, Equatable, CustomStringConvertible {
  public let isWeak: Bool

  /// The text between the quotes.
  public let opaque: String

  /// Makes a strong tag; nil when the text contains a byte that is not allowed in a tag.
  public init?(strong opaque: String) {
    guard opaque.utf8.allSatisfy(\.isEntityTagByte) else { return nil }
    self.opaque = opaque
    isWeak = false
  }

  /// Reads a tag at the position of the scanner. A backslash between the quotes is no escape.
  init?(from scanner: inout FieldScanner) {
    isWeak = scanner.scan("W")
    guard !isWeak || scanner.scan("/"), scanner.scan("\"") else { return nil }
    opaque = String(decoding: scanner.take(while: \.isEntityTagByte), as: UTF8.self)
    guard scanner.scan("\"") else { return nil }
  }

  /// The value of the field, including the quotes.
  public var description: String { (isWeak ? "W/" : "") + "\"\(opaque)\"" }

  /// Whether `If-None-Match` lists this tag, so that the response is 304 (RFC 9110 §13.1.2).
  ///
  /// Uses the weak comparison; `*` lists every tag. A malformed list is used up to its first error.
  public func isNamed(byIfNoneMatch value: String) -> Bool {
    var scanner = FieldScanner(value)
    return Self.list(from: &scanner).map { $0.contains { $0.opaque == opaque } } ?? true
  }

  /// Reads a list of tags up to its first error; nil for `*`, which means every tag.
  static func list(from scanner: inout FieldScanner) -> [EntityTag]? {
    scanner.skipBlanks()
    if scanner.scan("*") { return scanner.isAtElementEnd() && scanner.isAtEnd ? nil : [] }
    var tags: [EntityTag] = []
    repeat {
      scanner.skipListSeparators()
      guard let tag = EntityTag(from: &scanner), scanner.isAtElementEnd() else { break }
      tags.append(tag)
    } while !scanner.isAtEnd
    return tags
  }
}
