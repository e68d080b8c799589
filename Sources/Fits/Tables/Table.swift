/// A table as it was sent: named columns of cells, whatever its shape was, before anybody says what
/// the columns mean.
///
/// Memory is eight bytes a cell, and the text of cells that are no numbers.
struct Table: Sendable {
  /// One column: a number for each row, NaN where there is none, and the text where it is no number.
  struct Column: Sendable {
    var name: String
    fileprivate(set) var numbers: [Double] = []
    /// As long as `numbers` once there is a text in it, else empty; "" where the cell is empty or a plain
    /// number.
    fileprivate(set) var texts: [String] = []
    fileprivate(set) var numberCount = 0
    fileprivate(set) var textCount = 0

    /// Whether its cells are numbers, but for a few that may be faulty.
    var isNumeric: Bool { numberCount > 0 && textCount <= numberCount / 4 }
    /// Whether its cells are names.
    var isText: Bool { textCount > 0 && !isNumeric }

    /// Whether its cells may tell curves apart: names, or whole numbers.
    var isLabel: Bool {
      isText || isNumeric && numbers.allSatisfy { $0.isNaN || $0 == $0.rounded() }
    }

    /// The text in a row; nil for a number or a missing cell.
    func text(_ row: Int) -> String? {
      guard numbers[row].isNaN, let text = spelling(row), !CellReader.isMissing(text) else {
        return nil
      }
      return text
    }

    /// The text in a row, be it a number that is not spelled plainly or a word for a missing one.
    func spelling(_ row: Int) -> String? {
      guard !texts.isEmpty, !texts[row].isEmpty else { return nil }
      return texts[row]
    }

    /// What the cell in a row says.
    func cell(_ row: Int) -> Cell {
      text(row) != nil ? .text : numbers[row].isNaN ? .missing : .number(numbers[row])
    }

    /// What a row belongs to, by a column of names or of numbers; "" when the cell is missing.
    func label(_ row: Int) -> String {
      spelling(row) ?? (numbers[row].isNaN ? "" : numbers[row].jsonText)
    }

    fileprivate mutating func append(_ cell: Cell, _ text: @autoclosure () -> String) {
      switch cell {
      case .number(let number):
        numbers.append(number)
        numberCount += 1
        if !texts.isEmpty { texts.append("") }
      case .missing:
        let text = text()
        if !texts.isEmpty || !text.isEmpty { keep(text) }
        numbers.append(.nan)
      case .spelled(let number):
        keep(text())
        numbers.append(number)
        numberCount += 1
      case .text:
        keep(text())
        numbers.append(.nan)
        textCount += 1
      }
    }

    private mutating func keep(_ text: String) {
      if texts.isEmpty { texts = Array(repeating: "", count: numbers.count) }
      texts.append(text)
    }
  }

  /// Where the rows came from, for the places of faults.
  enum Origin: Sendable {
    /// A text: the line of each row, counted from 1.
    case lines
    /// An array in JSON, its records or its columns.
    case records(JSONPointer)
    case columns(JSONPointer)
    /// An object in JSON whose members are rows or tables themselves.
    case members(JSONPointer)
  }

  private(set) var columns: [Column]
  /// The line, or the index in an array, of each row.
  private(set) var rows: [Int] = []
  let origin: Origin
  /// What else the text held, in sentences: lines that are no part of the table.
  var remarks: [String] = []
  /// The column that tells apart the parts of a text, if it has any.
  private(set) var partColumn: Int?

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

  /// The names of columns that have none.
  static func names(_ width: Int) -> [String] {
    width == 2 ? ["x", "y"] : (0..<width).map { "column \($0 + 1)" }
  }

  /// Turns a table whose rows are what columns usually are: two or three long rows of numbers alone; or
  /// few rows, `loss, 3.1, 2.9, 2.7`, each with its own name in the first cell, of which one is a
  /// metric's, or the first that of a scale that rises, or of what the others are: `model, 100, 200`.
  mutating func transpose() {
    guard let first = columns.first, columns.count > 3, 2...20 ~= rowCount else { return }
    if rowCount < 4, columns.allSatisfy({ $0.numberCount == rowCount }) {
      turn(names: Self.names(rowCount), columns[...])
      return
    }
    guard first.textCount == rowCount, Set(first.texts).count == rowCount else { return }
    let cells = columns.dropFirst()
    let hasMetric = first.texts.indices.contains { row in
      ColumnName(first.texts[row]).isMetric && cells.allSatisfy { $0.text(row) == nil }
    }
    let (head, scale) = (ColumnName(first.texts[0]), cells.map { $0.numbers[0] })
    let hasScale =
      (head.isScale || head.isSeries) && zip(scale, scale.dropFirst()).allSatisfy { $0 < $1 }
    guard hasMetric || hasScale else { return }
    var names = first.texts
    if !hasMetric, !head.isScale { names[0] = "x" }
    turn(names: names, cells)
  }

  /// Makes rows of some columns.
  private mutating func turn(names: [String], _ columns: ArraySlice<Column>) {
    var turned = Table(names: names, origin: origin)
    for column in columns {
      turned.append(row: rows[0]) { row in
        column.cell(row)
      } text: { row in
        column.text(row) ?? ""
      }
    }
    turned.remarks = remarks
    self = turned
  }

  /// Appends a column of the numbers of the rows, counted from 1, for tables that hold no x.
  mutating func numberRows() {
    append(column: Self.rowNumbers, (0..<rowCount).map { Double($0 + 1) })
  }

  /// Appends a column of numbers, one for each row.
  mutating func append(column name: String, _ numbers: [Double]) {
    var column = Column(name: name)
    for number in numbers { column.append(number.isNaN ? .missing : .number(number), "") }
    columns.append(column)
  }

  /// Appends a column that tells apart the parts of a text that begin at some rows.
  mutating func number(parts starts: [Int]) {
    guard !starts.isEmpty, columns.count < DelimitedRows.columnLimit else { return }
    let ends = starts + [rowCount]
    var numbers: [Double] = []
    for (part, end) in ends.enumerated() {
      numbers += Array(repeating: Double(part + 1), count: end - numbers.count)
    }
    partColumn = columns.count
    append(column: Self.parts, numbers)
    remarks.append(
      "the text has \(ends.count) parts, between which its names stand again or a blank line; the column "
        + "`\(Self.parts)` tells them apart")
  }

  /// Whether the number in the first column of the last row is less than in the row before.
  var beginsAnew: Bool {
    guard rowCount > 1, let numbers = columns.first?.numbers else { return false }
    return numbers[rowCount - 1] < numbers[rowCount - 2]
  }

  /// What the column of the numbers of the rows is called.
  static let rowNumbers = "row"

  /// What the column is called that tells apart the parts of a text between which its names repeat.
  private static let parts = "part"

  /// Puts groups of columns below one another, with a column of their names: the points of each curve
  /// as tools that read them off a plot write them, side by side.
  mutating func stack(_ groups: [String]) {
    guard !groups.isEmpty else { return }
    let names = columns.prefix(columns.count / groups.count).map(\.name)
    var stacked = Table(names: ["name"] + names, origin: origin)
    for (group, name) in groups.enumerated() {
      let columns = columns[(group * names.count)...].prefix(names.count).map { $0 }
      for row in 0..<rowCount where columns.contains(where: { !$0.numbers[row].isNaN }) {
        stacked.append(row: rows[row]) { index in
          index == 0 ? .text : columns[index - 1].cell(row)
        } text: { index in
          index == 0 ? name : columns[index - 1].text(row) ?? ""
        }
      }
    }
    stacked.remarks = remarks
    self = stacked
  }

  /// Fills the empty cells in columns of names that tell curves apart by the name above, as merged cells
  /// mean.
  mutating func fillNames() {
    let merged = columns.indices.filter { index in
      let column = columns[index]
      return column.isText && ColumnName(column.name).tellsApart && column.texts.first != ""
        && column.texts.contains("")
    }
    guard !merged.isEmpty else { return }
    let isUsed = (0..<rowCount).map { row in columns.contains { !$0.numbers[row].isNaN } }
    for index in merged { columns[index].fill(isUsed) }
    remarks.append("empty cells of \(list(merged)) repeat the name above")
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
    case .members(let pointer): return .pointer(pointer)
    }
  }

  /// Where the names of the columns stand.
  var head: Fault.Place {
    switch origin {
    case .lines: .line(1, column: nil)
    case .records(let pointer), .columns(let pointer), .members(let pointer): .pointer(pointer)
    }
  }

  /// Turns columns of names that are the same but for a number into that number: in `step_1000`,
  /// `step_2000` it is what counts. Names that repeat and tell curves apart stay names.
  mutating func readNamedNumbers() {
    for index in columns.indices where columns[index].numberCount == 0 {
      let column = columns[index]
      guard column.textCount > 1, let numbers = NamedNumber.all(in: column.texts) else {
        continue
      }
      let distinct = Set(column.texts.filter { !CellReader.isMissing($0) }).count
      guard distinct > 1,
        distinct == column.textCount || !ColumnName(column.name).tellsApart
      else { continue }
      columns[index].become(numbers)
    }
  }

  /// Splits columns of values with their uncertainty, `3.21 ± 0.05`, in two, as well as those of values
  /// with another number in brackets.
  mutating func splitPairs(_ reader: CellReader) {
    for index in columns.indices where columns[index].textCount > 0 {
      let column = columns[index]
      var others: [Double] = []
      var values: [Double] = []
      var isUncertain = true
      for (text, number) in zip(column.texts, column.numbers) {
        let pair = number.isNaN ? PairedNumber(text, reader) : nil
        guard pair != nil || !number.isNaN || CellReader.isMissing(text) else { break }
        values.append(pair?.value ?? number)
        others.append(pair?.other ?? .nan)
        if let pair, !pair.isUncertain { isUncertain = false }
      }
      guard values.count == rowCount, columns.count < DelimitedRows.columnLimit else { continue }
      columns[index].become(values)
      append(column: column.name + (isUncertain ? " std" : " in brackets"), others)
    }
  }
}

extension Table.Column {
  /// Gives the empty cells of rows in use the text above.
  fileprivate mutating func fill(_ isUsed: [Bool]) {
    for row in texts.indices.dropFirst() where isUsed[row] && texts[row].isEmpty {
      texts[row] = texts[row - 1]
      textCount += 1
    }
  }

  /// Takes its texts for numbers, NaN where there is none.
  fileprivate mutating func become(_ numbers: [Double]) {
    self.numbers = numbers
    numberCount = numbers.count { !$0.isNaN }
    textCount = 0
  }
}
