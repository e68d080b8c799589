// Values as programs spell and print them, which are no JSON: literals of Python, arrays of NumPy, vectors
// of R and Julia.

extension JSONReader {
  /// Reads arrays, objects and calls until the end, at least one; or those that are assigned to names, as
  /// one object.
  mutating func readLiterals() throws(JSONSyntaxError) -> [JSONValue] {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    var values: [JSONValue] = []
    var assigned = JSONObject()
    repeat {
      skipComments()
      let name = readAssignedName()
      let start = offset
      let value = try readValue()
      var isContainer = value.count != nil
      if case .object = value { isContainer = true }
      guard isContainer else { throw fault(.trailingContent, at: start) }
      if let name {
        assigned.members.append(JSONObject.Member(name, value))
      } else {
        values.append(value)
      }
      while take(UInt8(ascii: ";")) || take(UInt8(ascii: ",")) {}
      skipComments()
    } while offset < bytes.count
    if assigned.members.isEmpty { return values }
    guard values.isEmpty, assigned.duplicateNames.isEmpty else {
      throw fault(.trailingContent, at: offset)
    }
    return [.object(assigned)]
  }

  /// Skips white space, and lines from `#` on.
  private mutating func skipComments() {
    skipWhitespace()
    while next == UInt8(ascii: "#") {
      while let next, next != UInt8(ascii: "\n") { offset += 1 }
      skipWhitespace()
    }
  }

  /// The name before `=`, `<-` or `:`, which are skipped, too; nil, and nothing skipped, when there is none.
  private mutating func readAssignedName() -> String? {
    let word = skipWord()
    let isAssigned =
      take(UInt8(ascii: "=")) || take(UInt8(ascii: ":"))
      || take(UInt8(ascii: "<")) && take(UInt8(ascii: "-"))
    guard !word.isEmpty, isAssigned else {
      offset = word.lowerBound
      return nil
    }
    return text(word)
  }

  /// Reads the name of a member; that of a literal may have quotes of either kind, or none.
  mutating func readName() throws(JSONSyntaxError) -> String {
    if next == UInt8(ascii: "\"") { return try readString() }
    guard limits.takesLiterals else { throw unexpected("a name in quotes") }
    if next == UInt8(ascii: "'") { return try readString() }
    let word = skipWord()
    guard !word.isEmpty else { throw unexpected("a name") }
    return text(word)
  }

  /// Reads a value that begins with neither a brace nor a bracket nor a double quote.
  mutating func readLiteral() throws(JSONSyntaxError) -> JSONValue {
    switch next {
    case UInt8(ascii: "'"): return .string(try readString())
    case UInt8(ascii: "("): return try readArray(until: UInt8(ascii: ")"))
    default: break
    }
    let word = skipWord()
    guard !word.isEmpty else { throw unexpected("a value") }
    if next == UInt8(ascii: "(") {
      // `array` in `np.array`.
      let name = bytes[word].split(separator: UInt8(ascii: ".")).last ?? []
      guard Self.constructors.contains(String(decoding: name, as: UTF8.self)) else {
        throw unexpected("a value")
      }
      return try readArguments()
    }
    if let number = try? DecimalNumber(scanning: bytes.span, at: word.lowerBound),
      number.end == word.upperBound
    {
      return number.integer.map(JSONValue.integer) ?? .number(number.value)
    }
    switch text(word) {
    // What was shortened is not whole.
    case "...": throw unexpected("a value")
    case "true", "True": return .bool(true)
    case "false", "False": return .bool(false)
    case let text:
      let cell = CellReader().read(text)
      return cell == .missing ? .null : cell.number.map(JSONValue.number) ?? .string(text)
    }
  }

  /// What makes values of its arguments alone; any other function, `log(2)`, says something else.
  private static let constructors: Set<String> = [
    "array", "asarray", "tensor", "Tensor", "c", "list", "tuple", "dict", "deque", "OrderedDict",
    "DataFrame", "Series", "float", "float16", "float32", "float64", "int", "int32", "int64",
  ]

  /// Reads the arguments of a call, which stands for its only one, `array([1, 2])`, or for all of them,
  /// `c(1, 2)`; those that have names, `dtype=float32`, say nothing.
  private mutating func readArguments() throws(JSONSyntaxError) -> JSONValue {
    try enter()
    var values: [JSONValue] = []
    if !take(UInt8(ascii: ")")) {
      repeat {
        let value = try readValue()
        if take(UInt8(ascii: "=")) { _ = try readValue() } else { values.append(value) }
      } while takeComma(before: UInt8(ascii: ")"))
      guard take(UInt8(ascii: ")")) else { throw unexpected("`)`") }
    }
    depth -= 1
    return values.count == 1 ? values[0] : .array(values)
  }

  /// Skips the comma before another element, for which literals may have white space, and none before
  /// the end; says whether another element follows.
  mutating func takeComma(before end: UInt8) -> Bool {
    let hasComma = take(UInt8(ascii: ","))
    guard limits.takesLiterals else { return hasComma }
    skipWhitespace()
    return next != nil && next != end
  }

  /// Skips the bytes up to white space or a sign of structure.
  private mutating func skipWord() -> Range<Int> {
    let start = offset
    while let next, next > 0x20, !Self.isStructure(next) { offset += 1 }
    return start..<offset
  }

  private func text(_ word: Range<Int>) -> String { String(decoding: bytes[word], as: UTF8.self) }

  private static func isStructure(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"),
      UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "'"), UInt8(ascii: "\""),
      UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "="):
      true
    default: false
    }
  }
}
