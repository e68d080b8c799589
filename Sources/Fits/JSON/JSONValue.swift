/// A JSON value, RFC 8259 §3, as ``JSONDocument`` reads it.
///
/// An array of numbers is stored as one `[Double]`, and so is an array of rows of numbers, because
/// the bodies of this service consist mostly of them.
public enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// A number without fraction and exponent that fits, kept exactly, because a seed may have more
  /// digits than a double.
  case integer(Int)
  /// Any other number; always finite.
  case number(Double)
  case string(String)
  /// An array that holds only numbers, or nothing.
  case numbers([Double])
  /// A non-empty array of arrays of `width` > 0 numbers each, row after row.
  case rows([Double], width: Int)
  /// Any other array.
  case array([JSONValue])
  case object(JSONObject)
  /// Text from a query string, whose type is decided when it is read.
  case text(String)

  /// The type with its article, for messages: "a string".
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer, .number: "a number"
    case .string: "a string"
    case .numbers, .rows, .array: "an array"
    case .object: "an object"
    case .text(let text): "`\(text.bounded(to: 40))`"
    }
  }
}

extension JSONValue {
  /// The number, also when it is given as text.
  package var double: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    case .text(let text): DecimalNumber(text)?.value
    default: nil
    }
  }

  /// The number, also when it is given as text, if it is written as an integer.
  package var integer: Int? {
    switch self {
    case .integer(let integer): integer
    case .text(let text): DecimalNumber(text)?.integer
    default: nil
    }
  }

  /// The elements of an array, or the parts of a text between commas.
  var elements: [JSONValue]? {
    switch self {
    case .numbers(let numbers): numbers.map(JSONValue.number)
    case .rows(let numbers, let width):
      stride(from: 0, to: numbers.count, by: width).map {
        .numbers(Array(numbers[$0..<min($0 + width, numbers.count)]))
      }
    case .array(let elements): elements
    case .text(let text):
      text.split(separator: ",", omittingEmptySubsequences: false).map { .text(String($0)) }
    default: nil
    }
  }

  /// The number of `elements`.
  var count: Int? {
    switch self {
    case .numbers(let numbers): numbers.count
    case .rows(let numbers, let width): numbers.count / width
    default: elements?.count
    }
  }

  /// The string or the text.
  package var string: String? {
    switch self {
    case .string(let string), .text(let string): string
    default: nil
    }
  }
}

/// The members of a JSON object in the order in which they were written.
public struct JSONObject: Sendable, Equatable {
  /// A name and its value.
  public struct Member: Sendable, Equatable {
    public var name: String
    public var value: JSONValue

    public init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }

    /// Whether this is its name, byte for byte.
    fileprivate func isNamed(_ name: String) -> Bool {
      self.name.utf8.count == name.utf8.count && self.name.utf8.elementsEqual(name.utf8)
    }
  }

  public var members: [Member]

  public init(_ members: [Member] = []) {
    self.members = members
  }

  /// The value of the first member of that name; names are equal when their bytes are.
  ///
  /// - Complexity: O(*n*) in the number of members.
  public subscript(name: String) -> JSONValue? {
    members.first { $0.isNamed(name) }?.value
  }

  private func isFirst(ofItsName index: Int) -> Bool {
    !members[..<index].contains { $0.isNamed(members[index].name) }
  }

  /// The names that occur more than once, each listed once.
  ///
  /// Compared byte by byte (RFC 8259 §8.3): Swift's `==` would take two spellings of "é" as one.
  ///
  /// - Complexity: O(*n*), or O(*n* log *n*) where names repeat.
  var duplicateNames: [String] {
    // For small objects comparing all pairs is faster than sorting.
    if members.count <= 12, members.indices.allSatisfy({ isFirst(ofItsName: $0) }) { return [] }
    if Set(members.lazy.map(\.name)).count == members.count { return [] }
    let names = members.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var duplicates: [String] = []
    for (name, next) in zip(names, names.dropFirst()) where name.utf8.elementsEqual(next.utf8) {
      if duplicates.last != name { duplicates.append(name) }
    }
    return duplicates
  }
}
