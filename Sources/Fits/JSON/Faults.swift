/// A fault of a request, and its place.
public struct Fault: Error, Sendable, Equatable {
  /// A place in a JSON value or among the options of a query string, or a line of a table.
  public enum Place: Sendable, Equatable {
    case pointer(JSONPointer)
    case line(Int, column: String?)
  }

  public let place: Place
  /// What is wrong and what is allowed: one sentence without its full stop.
  public let detail: String

  public init(_ place: Place, _ detail: String) {
    self.place = place
    self.detail = detail
  }
}

/// Collects the faults of one request, while reading continues.
///
/// Use it on one thread only.
public final class Faults {
  /// How many faults are kept with their texts; further ones are only counted.
  public static let limit = 10

  /// The first faults, in the order in which they were found.
  public private(set) var list: [Fault] = []
  /// The number of all faults.
  public private(set) var count = 0
  /// Whether one of the faults is that several columns of a table may be meant.
  public private(set) var areAmbiguous = false

  public init() {}

  public var isEmpty: Bool { count == 0 }

  /// Notes a fault, unless it is among the kept ones already.
  ///
  /// The text is made only if it may be kept.
  public func note(_ place: @autoclosure () -> Fault.Place, _ detail: @autoclosure () -> String) {
    if list.count < Self.limit {
      let fault = Fault(place(), detail())
      // Options that curves share are read once for each curve.
      guard !list.contains(fault) else { return }
      list.append(fault)
    }
    count += 1
  }

  /// Notes a fault at a JSON Pointer.
  public func note(at pointer: @autoclosure () -> JSONPointer, _ detail: @autoclosure () -> String)
  {
    note(.pointer(pointer()), detail())
  }

  /// Notes that an option must choose between columns of a table.
  func noteAmbiguity(at pointer: JSONPointer, _ detail: String) {
    note(at: pointer, detail)
    areAmbiguous = true
  }

  /// Notes that each of these members is given more than once.
  public func note(duplicates: [JSONPointer]) {
    for pointer in duplicates { note(at: pointer, "is given more than once") }
  }
}
