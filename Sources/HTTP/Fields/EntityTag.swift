/// The name of one state of a resource (RFC 9110 §8.8.3).
public struct EntityTag: Sendable, Equatable, CustomStringConvertible {
  public let isWeak: Bool

  /// What stands between the quotes.
  public let opaque: String

  /// Makes a strong tag; nil when the text holds what a tag cannot.
  public init?(strong opaque: String) {
    guard opaque.utf8.allSatisfy(\.isEntityTagByte) else { return nil }
    self.opaque = opaque
    isWeak = false
  }

  /// Reads a tag from where the scanner stands. A backslash in its quotes is only itself.
  init?(from scanner: inout FieldScanner) {
    isWeak = scanner.scan("W")
    guard !isWeak || scanner.scan("/"), scanner.scan("\"") else { return nil }
    opaque = String(decoding: scanner.take(while: \.isEntityTagByte), as: UTF8.self)
    guard scanner.scan("\"") else { return nil }
  }

  /// The field's value, quotes and all.
  public var description: String { (isWeak ? "W/" : "") + "\"\(opaque)\"" }

  /// Whether an `If-None-Match` names this tag, so that the answer is 304 (RFC 9110 §13.1.2).
  ///
  /// The comparison is the weak one, and `*` names every tag. A malformed list names what stands
  /// before its fault.
  public func isNamed(byIfNoneMatch value: String) -> Bool {
    var scanner = FieldScanner(value)
    return Self.list(from: &scanner).map { $0.contains { $0.opaque == opaque } } ?? true
  }

  /// Reads a list of tags up to its first fault; nil for `*`, which is every tag.
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
