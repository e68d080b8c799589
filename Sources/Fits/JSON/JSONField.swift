import Foundation

/// A value in a request, with its place and functions that read it as a certain type.
///
/// Every such function returns nil, and notes a fault, when the value has another type or is out of
/// range; so decoding continues, and the client gets all faults at once. A ``JSONValue/text(_:)``
/// can be read as any scalar. `null` is always refused: leave a member out instead.
///
/// ```swift
/// field.object { fields in
///   seed = fields["seed"]?.integer(in: 0...Int.max) ?? 0
///   loss = fields["loss"]?.oneOf(Loss.self) ?? .squared
/// }
/// ```
public struct JSONField {
  public let value: JSONValue
  public let pointer: JSONPointer
  public let faults: Faults

  public init(_ value: JSONValue, at pointer: JSONPointer = .root, faults: Faults) {
    self.value = value
    self.pointer = pointer
    self.faults = faults
  }

  /// A document's root; its duplicate names are noted as faults.
  public init(_ document: JSONDocument, faults: Faults) {
    self.init(document.root, faults: faults)
    faults.note(duplicates: document.duplicates)
  }

  /// Notes a fault at this place.
  public func refuse(_ detail: @autoclosure () -> String) {
    faults.note(at: pointer, detail())
  }

  package func refuse<Value>(expected: String, got: String? = nil) -> Value? {
    refuse("must be \(expected), is \(got ?? value.kind)")
    return nil
  }
}

// MARK: Scalars

extension JSONField {
  /// A number in the range.
  public func number(_ range: NumberRange = .any) -> Double? {
    guard let number = value.double else { return refuse(expected: "a number") }
    guard range.contains(number) else {
      return refuse(expected: range.words, got: number.jsonText)
    }
    return number
  }

  /// A whole number in the range; `2.0` and `2e3` are whole numbers too.
  public func integer(in range: ClosedRange<Int>) -> Int? {
    guard let number = value.double else { return refuse(expected: words(for: range)) }
    guard let integer = value.integer ?? Int(exactly: number), range.contains(integer) else {
      return refuse(
        expected: words(for: range), got: value.integer.map(String.init) ?? number.jsonText)
    }
    return integer
  }

  /// `true` or `false`.
  public func bool() -> Bool? {
    switch value {
    case .bool(let bool): bool
    case .text("true"): true
    case .text("false"): false
    default: refuse(expected: "true or false")
    }
  }

  /// A string of at most `length` Unicode scalars.
  public func string(atMost length: Int) -> String? {
    guard let string = value.string else { return refuse(expected: "a string") }
    guard string.unicodeScalars.count <= length else {
      return refuse(
        expected: "at most \(length) characters long", got: "\(string.unicodeScalars.count)")
    }
    return string
  }

  /// Whether this is the string `word`; no fault is noted when it is not.
  public func isWord(_ word: String) -> Bool {
    value.string == word
  }

  /// A value of a type, by its raw string.
  public func oneOf<Choice>(_: Choice.Type) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    oneOf(Choice.allCases, named: \.rawValue)
  }

  /// One of the choices, by its name.
  package func oneOf<Choice>(
    _ choices: some Collection<Choice>, named name: (Choice) -> String
  ) -> Choice? {
    // Text is made only of what is refused: every stored request has all its choices.
    let string = value.string
    guard let choice = choices.first(where: { name($0) == string }) else {
      let names = choices.map(name)
      return refuse(
        expected: "one of " + names.map { "`\($0)`" }.joined(separator: ", "),
        got: string.map {
          "`\($0.bounded(to: 40))`\(Spelling.suggestion(for: $0, among: names))"
        })
    }
    return choice
  }
}

// MARK: Arrays

extension JSONField {
  /// An array of numbers, each in the range.
  public func numbers(_ range: NumberRange = .any, atMost limit: Int) -> [Double]? {
    guard case .numbers(let numbers) = value else {
      return elements(atMost: limit)?.compactMapAll { $0.number(range) }
    }
    guard isShort(numbers.count, limit) else { return nil }
    var isGood = true
    for (index, number) in numbers.enumerated() where !range.contains(number) {
      faults.note(
        at: pointer.appending(index),
        "must be \(range.words), is \(number.jsonText)"
          + (number == 0 ? range.remedyForZero : ""))
      isGood = false
    }
    return isGood ? numbers : nil
  }

  /// An array of numbers; every other element counts as missing and is NaN.
  func numbersOrMissing(atMost limit: Int) -> [Double]? {
    elements(atMost: limit)?.map { $0.value.double ?? .nan }
  }

  /// An array of strings, each of at most `length` Unicode scalars.
  public func strings(ofAtMost length: Int, atMost limit: Int) -> [String]? {
    elements(atMost: limit)?.compactMapAll { $0.string(atMost: length) }
  }

  /// An array of arrays of `width` numbers each, `[[x, y], ...]`, turned into `width` columns.
  public func columns(_ width: Int, atMost limit: Int) -> [[Double]]? {
    if case .rows(let numbers, width) = value {
      guard isShort(numbers.count / width, limit) else { return nil }
      return (0..<width).map { column in
        stride(from: column, to: numbers.count, by: width).map { numbers[$0] }
      }
    }
    guard let rows = elements(atMost: limit) else { return nil }
    return rows.compactMapAll { $0.row(width) }.map { rows in
      (0..<width).map { column in rows.map { $0[column] } }
    }
  }

  private func row(_ width: Int) -> [Double]? {
    switch value {
    case .numbers(let numbers):
      if numbers.count == width { return numbers }
      refuse("must be an array of \(width) numbers, has \(numbers.count)")
    case .array(let elements) where elements.count == width:
      for (index, element) in elements.enumerated() {
        _ = JSONField(element, at: pointer.appending(index), faults: faults).number()
      }
    default: refuse("must be an array of \(width) numbers, is \(value.kind)")
    }
    return nil
  }

  /// The elements of an array.
  public func elements(atMost limit: Int) -> [JSONField]? {
    guard let count = value.count else { return refuse(expected: "an array") }
    guard isShort(count, limit), let values = value.elements else { return nil }
    return values.enumerated().map { index, value in
      JSONField(value, at: pointer.appending(index), faults: faults)
    }
  }

  private func isShort(_ count: Int, _ limit: Int) -> Bool {
    if count > limit { refuse("must have at most \(limit) elements, has \(count)") }
    return count <= limit
  }
}

extension Array {
  /// All values, or nil when one is nil. Calls `transform` for every element, so that all faults
  /// are noted.
  fileprivate func compactMapAll<Value>(_ transform: (Element) -> Value?) -> [Value]? {
    let values = compactMap(transform)
    return values.count == count ? values : nil
  }
}

// MARK: Objects

extension JSONField {
  /// Reads an object's members; afterwards refuses every member that `read` did not ask for.
  ///
  /// So `read` must always ask for all members that are allowed. A missing member is taken from
  /// `shared`, with its place and its faults there.
  public func object<Value>(
    sharing shared: JSONFields? = nil, _ read: (JSONFields) -> Value?
  ) -> Value? {
    guard case .object(let object) = value else { return refuse(expected: "an object") }
    let fields = JSONFields(object, of: self, shared)
    let value = read(fields)
    fields.refuseUnknown()
    return value
  }

  /// All members of an object that may have any names.
  public func members(atMost limit: Int) -> [(name: String, field: JSONField)]? {
    guard case .object(let object) = value else { return refuse(expected: "an object") }
    guard object.members.count <= limit else {
      refuse("must have at most \(limit) members, has \(object.members.count)")
      return nil
    }
    return object.members.map { member in
      (member.name, JSONField(member.value, at: pointer.appending(member.name), faults: faults))
    }
  }
}

/// The members of an object that is being read.
public final class JSONFields {
  private let object: JSONObject
  private let field: JSONField
  private let shared: JSONFields?
  /// The names asked for. An array, because comparing some dozens of names is faster than hashing.
  private var names: [String] = []

  fileprivate init(_ object: JSONObject, of field: JSONField, _ shared: JSONFields?) {
    self.object = object
    self.field = field
    self.shared = shared
  }

  /// The member of that name, if there is one.
  public subscript(name: String) -> JSONField? {
    if !names.contains(name) { names.append(name) }
    // Always ask for it, so that it counts as asked for there too.
    let common = shared?[name]
    return object[name].map {
      JSONField($0, at: field.pointer.appending(name), faults: field.faults)
    } ?? common
  }

  /// The member of that name; a missing one is noted as a fault.
  public func required(_ name: String) -> JSONField? {
    let member = self[name]
    if member == nil { field.faults.note(at: field.pointer.appending(name), "is missing") }
    return member
  }

  fileprivate func refuseUnknown() {
    for member in object.members where !names.contains(member.name) {
      field.faults.note(
        at: field.pointer.appending(member.name),
        "`\(member.name.bounded(to: 40))` is unknown"
          + Spelling.suggestion(for: member.name, among: names.sorted()))
    }
  }
}

extension JSONField {
  /// Values of x: numbers, or a range with a number of values.
  func places(atMost limit: Int) -> [Double]? {
    guard case .object = value else { return numbers(.positive, atMost: limit) }
    return object { range in
      let from = range.required("from")?.number(.positive)
      let to = range.required("to")?.number(.positive)
      let count = range.required("count")?.integer(in: 2...max(2, limit))
      let spacing = range["spacing"]
      let isLinear = spacing.map { $0.isWord("linear") } ?? false
      if let spacing, !isLinear, !spacing.isWord("log") {
        spacing.refuse("must be one of `log`, `linear`")
      }
      guard let from, let to, let count else { return nil }
      guard from < to else {
        refuse("`from` must be less than `to`")
        return nil
      }
      return spaced(from: from, to: to, count: count, isLinear: isLinear)
    }
  }
}

/// Evenly spaced values; the first and the last are exactly the ends.
private func spaced(from: Double, to: Double, count: Int, isLinear: Bool) -> [Double] {
  (0..<count).map { index in
    if index == 0 { return from }
    if index == count - 1 { return to }
    let share = Double(index) / Double(count - 1)
    // A weighted mean, because to - from and to / from may overflow; decimal logarithms, because
    // they give exact powers of ten.
    return isLinear
      ? from * (1 - share) + to * share
      : min(max(pow(10, log10(from) * (1 - share) + log10(to) * share), from), to)
  }
}
