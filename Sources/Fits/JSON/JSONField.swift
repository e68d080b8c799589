/// A value in a request together with its place: read it as what it has to be.
///
/// Every reading function returns nil when the value is not what is asked for, and has then noted
/// why; so a decoder reads on, and the client hears of all its faults at once. A
/// ``JSONValue/text(_:)`` is read as whatever is asked for. `null` is never what is asked for:
/// a member that is not wanted is left out.
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

  /// A document's root; its duplicate names are noted.
  public init(_ document: JSONDocument, faults: Faults) {
    self.init(document.root, faults: faults)
    faults.note(duplicates: document.duplicates)
  }

  /// Notes that something is wrong here.
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

  /// A whole number in the range; `2.0` and `2e3` are whole too.
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

  /// A string of at most so many characters (Unicode scalars).
  public func string(atMost length: Int) -> String? {
    guard let string = value.string else { return refuse(expected: "a string") }
    guard string.unicodeScalars.count <= length else {
      return refuse(
        expected: "at most \(length) characters long", got: "\(string.unicodeScalars.count)")
    }
    return string
  }

  /// Whether this is the string `word`; nothing is noted when it is not.
  public func isWord(_ word: String) -> Bool {
    value.string == word
  }

  /// One of the strings that a type allows.
  public func oneOf<Choice>(_: Choice.Type) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    oneOf(Choice.allCases, named: \.rawValue)
  }

  /// One of the values, by its name.
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

  /// An array of numbers in which anything else counts as missing: NaN.
  func numbersOrMissing(atMost limit: Int) -> [Double]? {
    elements(atMost: limit)?.map { $0.value.double ?? .nan }
  }

  /// An array of strings, each of at most so many characters.
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
    // Every row is looked at, for its faults.
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
  /// All the values, or nil when one is nil; the function is called for every element all the same.
  fileprivate func compactMapAll<Value>(_ transform: (Element) -> Value?) -> [Value]? {
    let values = compactMap(transform)
    return values.count == count ? values : nil
  }
}

// MARK: Objects

extension JSONField {
  /// Reads an object's members; afterwards every member that was not asked for is refused.
  ///
  /// So ask for all of them, whatever the others say: the names asked for are the names known.
  /// Members that are absent are taken from `shared`, whose place and faults they keep.
  public func object<Value>(
    sharing shared: JSONFields? = nil, _ read: (JSONFields) -> Value?
  ) -> Value? {
    guard case .object(let object) = value else { return refuse(expected: "an object") }
    let fields = JSONFields(object, of: self, shared)
    let value = read(fields)
    fields.refuseUnknown()
    return value
  }

  /// All members of an object whose names are free.
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
  /// The names asked for: some dozens, which comparing finds sooner than hashing.
  private var names: [String] = []

  fileprivate init(_ object: JSONObject, of field: JSONField, _ shared: JSONFields?) {
    self.object = object
    self.field = field
    self.shared = shared
  }

  /// The member of that name, if there is one.
  public subscript(name: String) -> JSONField? {
    if !names.contains(name) { names.append(name) }
    // Asked for in any case, so that the name is known there too.
    let common = shared?[name]
    return object[name].map {
      JSONField($0, at: field.pointer.appending(name), faults: field.faults)
    } ?? common
  }

  /// The member of that name; that there is none is noted.
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
