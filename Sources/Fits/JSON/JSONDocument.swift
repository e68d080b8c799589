/// A JSON text read strictly by RFC 8259: one value, nothing after it, nothing guessed.
///
/// A byte order mark at the very beginning is skipped, as §8.1 allows: editors on Windows write it,
/// their users cannot see it, and it changes no meaning.
public struct JSONDocument: Sendable, Equatable {
  /// The value.
  public let root: JSONValue
  /// The members whose names stand more than once in their object, at most ``Faults/limit`` of them.
  ///
  /// RFC 8259 §4 leaves open which one counts, so readers disagree and attackers profit: refuse
  /// them. They are no fault of syntax, so that they can be told together with others.
  public let duplicates: [JSONPointer]

  /// What a text may cost.
  public struct Limits: Sendable {
    /// How many bytes it may have.
    public var bytes = 8_388_608
    /// How many arrays and objects may stand inside one another.
    public var depth = 32
    /// Whether `NaN`, `Infinity` and `-Infinity`, which are no JSON but which Python's encoder
    /// writes, are read as `null`.
    public var takesNonNumbers = false

    public init() {}
  }

  /// Reads the whole text.
  ///
  /// - Complexity: O(*n* log *n*) in the worst case (an object of many members), else O(*n*).
  public init(_ bytes: [UInt8], limits: Limits = Limits()) throws(JSONSyntaxError) {
    var reader = JSONReader(bytes, limits: limits)
    root = try reader.readDocument()
    duplicates = reader.duplicates
  }

  /// Reads a text of any number of values one after another, as JSON Lines has them; duplicate names
  /// are not looked for.
  ///
  /// - Complexity: as ``init(_:limits:)``.
  public static func values(
    _ bytes: [UInt8], limits: Limits = Limits()
  ) throws(JSONSyntaxError) -> [JSONValue] {
    var reader = JSONReader(bytes, limits: limits)
    return try reader.readValues()
  }
}
