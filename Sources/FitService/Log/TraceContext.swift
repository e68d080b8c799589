/// The place of a request in a distributed trace: the field `traceparent` (W3C Trace Context,
/// section 3.2), read strictly, so that it can stand in a log as it came.
struct TraceContext: Sendable, Equatable {
  /// 32 lower-case hexadecimal digits, not all zero.
  let traceID: String
  /// The caller's span: 16 of them.
  let parentID: String

  /// Reads the field; nil when there is none, when there are several, and when it is malformed.
  ///
  /// Of later versions than 00 only the part that they share with it is read (section 4.3).
  init?(_ field: String?) {
    guard let field, field.utf8.count <= 512 else { return nil }
    let parts = field.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count >= 4, zip(parts, [2, 32, 16, 2]).allSatisfy({ $0.count == $1 }),
      parts.prefix(4).allSatisfy({ $0.allSatisfy(\.isLowerHexadecimal) }),
      !parts[0].elementsEqual("ff".utf8), parts.count == 4 || !parts[0].elementsEqual("00".utf8),
      let traceID = String(parts[1]), let parentID = String(parts[2]),
      !traceID.utf8.allSatisfy({ $0 == UInt8(ascii: "0") }),
      !parentID.utf8.allSatisfy({ $0 == UInt8(ascii: "0") })
    else { return nil }
    self.traceID = traceID
    self.parentID = parentID
  }
}

extension UInt8 {
  fileprivate var isLowerHexadecimal: Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
  }
}
