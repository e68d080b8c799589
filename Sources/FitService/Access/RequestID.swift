import HTTP
import HTTPTypes
import Synchronization

/// The name of a request, in its answer, in problems and in the log.
enum RequestID {
  /// The client's own name for a request when it is sane, else a new one.
  ///
  /// Sane are 1 to 128 letters, digits and `-_.`: nothing that could forge a line of a log.
  static func name(for head: RequestHead) -> String {
    guard let given = head.fields[.requestID], (1...128).contains(given.utf8.count),
      given.utf8.allSatisfy(isAllowed)
    else { return made() }
    return given
  }

  /// Sixteen hexadecimal digits, counting on from a random start in each process.
  static func made() -> String {
    let number = last.wrappingAdd(1, ordering: .relaxed).newValue
    return withUnsafeBytes(of: number.bigEndian) { Array($0) }.hexadecimal
  }

  private static let last = Atomic(UInt64.random(in: .min ... .max))

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }
  }
}
