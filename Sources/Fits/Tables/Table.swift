/// A table as it was sent: named columns of cells, whatever its shape was, before anybody says what
/// the columns mean.
///
/// Memory is eight bytes a cell, and the text of cells that are no numbers.
struct Table: Sendable {
  /// One column: a number for each row, NaN where there is none, and the text where it is no number.
  struct Column: Sendable {
    var name: String
    fileprivate(set) var numbers: [Double] = []
    /// As long as `numbers` once there is a text in it, else empty; "" where the cell is a number.
    fileprivate(set) var texts: [String] = []
    fileprivate(set) var numberCount = 0
    fileprivate(set) var textCount = 0

    /// Whether its cells are numbers, but for a few that may be faulty.
    var isNumeric: Bool { numberCount > 0 && textCount <= numberCount / 4 }
    /// Whether its cells are names.
    var isText: Bool { textCount > 0 && !isNumeric }

    /// The text in a row; nil for a number or a missing cell.
    func text(_ row: Int) -> String? {
      guard !texts.isEmpty, !texts[row].isEmpty else { return nil }
      return texts[row]
    }

    /// What a row belongs to, by a column of names or of numbers; "" when the cell is missing.
    func label(_ row: Int) -> String {
      text(row) ?? (numbers[row].isNaN ? "" : numbers[row].jsonText)
    }

    fileprivate mutating func append(_ cell: Cell, _ text: @autoclosure () -> String) {
      switch cell {
      case .number(let number):
        numbers.append(number)
        numberCount += 1
        if !texts.isEmpty { texts.append("") }
      case .missing:
        numbers.append(.nan)
        if !texts.isEmpty { texts.append("") }
      case .text:
        if texts.isEmpty { texts = Array(repeating: "", count: numbers.count) }
        numbers.append(.nan)
        texts.append(text())
        textCount += 1
      }
    }
  }

  /// Where the rows came from, for the places of faults.
  enum Origin: Sendable {
    /// A text: the line of each row, counted from 1.
    case lines
    /// An array in JSON, its records or its columns.
    case records(JSONPointer)
    case columns(JSONPointer)
  }

  private(set) var columns: [Column]
  /// The line, or the index in an array, of each row.
  private(set) var rows: [Int] = []
  let origin: Origin

  init(names: [String], origin: Origin) {
    columns = names.map { Column(name: $0) }
    self.origin = origin
  }

  var rowCount: Int { rows.count }

  /// Appends a row, whose cells are asked for by their columns.
  mutating func append(
    row: Int, cell: (Int) -> Cell, text: (Int) -> String
  ) {
    rows.append(row)
    for index in columns.indices { columns[index].append(cell(index), text(index)) }
  }

  /// Where a cell stands.
  func place(row: Int, column: Int?) -> Fault.Place {
    let name = column.map { columns[$0].name.bounded(to: 40) }
    switch origin {
    case .lines: return .line(rows[row], column: name)
    case .records(let pointer):
      let record = pointer.appending(rows[row])
      return .pointer(column.map { record.appending(columns[$0].name) } ?? record)
    case .columns(let pointer):
      return .pointer(
        column.map { pointer.appending(columns[$0].name).appending(rows[row]) } ?? pointer)
    }
  }

  /// Where the names of the columns stand.
  var head: Fault.Place {
    switch origin {
    case .lines: .line(1, column: nil)
    case .records(let pointer), .columns(let pointer): .pointer(pointer)
    }
  }

  /// Turns columns of names that end in a number and are the same before it into numbers: in
  /// `step_1000`, `step_2000` the number is what counts.
  mutating func readStems() {
    for index in columns.indices where columns[index].numberCount == 0 {
      if let numbers = columns[index].stemNumbers {
        columns[index].numbers = numbers
        columns[index].numberCount = columns[index].textCount
        columns[index].textCount = 0
        columns[index].texts = []
      }
    }
  }
}

extension Table.Column {
  /// The numbers at the end of texts that share what stands before; nil when they do not, or when
  /// a number is too large for a double.
  fileprivate var stemNumbers: [Double]? {
    var stem: Substring?
    var numbers: [Double] = []
    numbers.reserveCapacity(texts.count)
    var found = 0
    for text in texts {
      guard !text.isEmpty else {
        numbers.append(.nan)
        continue
      }
      let digits = text.reversed().prefix { $0.isASCII && $0.isNumber }.count
      guard digits > 0, let number = Double(text.suffix(digits)), number.isFinite else {
        return nil
      }
      let before = text.dropLast(digits)
      guard before.contains(where: \.isLetter), before == stem ?? before else { return nil }
      stem = before
      found += 1
      numbers.append(number)
    }
    return found > 1 ? numbers : nil
  }
}
