/// One thing that is wrong with a request, and where.
public struct Fault: Error, Sendable, Equatable {
  /// Where it is wrong: in a JSON value (or an option of the query string), or in a table.
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

/// Everything that is wrong with one request, gathered while reading goes on.
///
/// Belongs to the one thread that reads the request.
public final class Faults {
  /// How many faults are kept word for word; the rest are counted.
  public static let limit = 10

  /// The first faults, in the order in which they were found.
  public private(set) var list: [Fault] = []
  /// How many there are in all.
  public private(set) var count = 0
  /// Whether one of them is that columns of a table may mean the same, so that somebody has to choose.
  public private(set) var areAmbiguous = false

  public init() {}

  public var isEmpty: Bool { count == 0 }

  /// Notes a fault; of those that are kept each once, however often it is met.
  ///
  /// The text is made only when it may be kept.
  public func note(_ place: @autoclosure () -> Fault.Place, _ detail: @autoclosure () -> String) {
    if list.count < Self.limit {
      let fault = Fault(place(), detail())
      // What several curves share is read for each of them.
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

  /// Notes that an option has to choose between columns of a table.
  func noteAmbiguity(at pointer: JSONPointer, _ detail: String) {
    note(at: pointer, detail)
    areAmbiguous = true
  }

  /// Notes that each of these members stands more than once.
  public func note(duplicates: [JSONPointer]) {
    for pointer in duplicates { note(at: pointer, "stands more than once") }
  }
}
