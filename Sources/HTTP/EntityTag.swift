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

  private init(opaque: String, isWeak: Bool) {
    self.opaque = opaque
    self.isWeak = isWeak
  }

  /// The field's value, quotes and all.
  public var description: String { (isWeak ? "W/" : "") + "\"\(opaque)\"" }

  /// Whether an `If-None-Match` names this tag, so that the answer is 304 (RFC 9110 §13.1.2).
  ///
  /// The comparison is the weak one, and `*` names every tag. A malformed list names what stands
  /// before its fault.
  public func isNamed(byIfNoneMatch value: String) -> Bool {
    let bytes = Array(value.utf8)[...]
    if bytes.trimmingBlanks.elementsEqual("*".utf8) { return true }
    return Self.list(bytes).contains { $0.opaque == opaque }
  }

  /// Reads a list of tags up to its first fault.
  static func list(_ bytes: ArraySlice<UInt8>) -> [EntityTag] {
    var tags: [EntityTag] = []
    var rest = bytes
    while true {
      rest = rest.drop { $0.isBlank || $0 == UInt8(ascii: ",") }
      let isWeak = rest.starts(with: "W/".utf8)
      if isWeak { rest = rest.dropFirst(2) }
      guard rest.popFirst() == UInt8(ascii: "\"") else { return tags }
      let opaque = rest.prefix(while: \.isEntityTagByte)
      rest = rest[opaque.endIndex...]
      guard rest.popFirst() == UInt8(ascii: "\"") else { return tags }
      rest = rest.drop(while: \.isBlank)
      guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return tags }
      tags.append(EntityTag(opaque: String(decoding: opaque, as: UTF8.self), isWeak: isWeak))
    }
  }
}

extension UInt8 {
  /// etagc: a quoted byte without escapes, so a backslash is only itself.
  fileprivate var isEntityTagByte: Bool {
    self == 0x21 || (0x23...0x7E).contains(self) || self >= 0x80
  }
}
