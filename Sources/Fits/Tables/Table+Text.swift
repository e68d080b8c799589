extension Table {
  /// Reads a text in columns; nil when something has been noted that keeps it from being a table.
  ///
  /// - Parameters:
  ///   - text: in UTF-8, or in UTF-16 with its byte order mark.
  ///   - wanted: names of columns that somebody asks for: a first row that has one is a header.
  ///   - rowLimit: how many rows there may be.
  ///   - faults: where it is noted what is wrong.
  /// - Complexity: O(*n*) in the bytes.
  init?(text: [UInt8], wanted: [String], rowLimit: Int, faults: Faults) {
    guard let bytes = PlainText.bytes(of: text, faults) else { return nil }
    if let log = LogLines(bytes) {
      guard let table = log.table(rowLimit: rowLimit, faults: faults) else { return nil }
      self = table
      return
    }
    let before = faults.count
    // What the first rows show of the comma is most likely right, and is looked at again in the end.
    let start = Self.read(
      bytes, CellReader(), wanted: wanted, rowLimit: 100, sampling: true, faults: Faults())
    let reader = CellReader(hasDecimalComma: start?.hasDecimalComma ?? false)
    guard
      var read = Self.read(bytes, reader, wanted: wanted, rowLimit: rowLimit, faults: faults)
    else { return nil }
    if read.hasDecimalComma != reader.hasDecimalComma,
      let again = Self.read(
        bytes, CellReader(hasDecimalComma: read.hasDecimalComma), wanted: wanted,
        rowLimit: rowLimit, faults: Faults())
    {
      read = again
    }
    guard faults.count == before || read.table.rowCount > 0 else { return nil }
    self = read.table
    if read.commas.areUndecided, read.separator != .comma {
      remarks.append(
        "numbers such as `1,234` were taken for \(read.hasDecimalComma ? "1.234" : "1234")")
    }
    if !read.header.isNamed { transpose() }
    stack(read.header.groups)
    fillNames()
    splitPairs(read.reader)
    readNamedNumbers()
  }

  /// A table as it was read.
  private struct Reading {
    let table: Table
    let header: TableHeader
    let separator: TextLayout.Separator
    let reader: CellReader
    /// What the cells show of the meaning of commas.
    let commas: Commas

    /// Whether the comma is the decimal mark.
    var hasDecimalComma: Bool {
      commas.meanDecimal(isUsual: separator == .byte(UInt8(ascii: ";")))
    }
  }

  private static func read(
    _ bytes: [UInt8], _ reader: CellReader, wanted: [String], rowLimit: Int,
    sampling: Bool = false, faults: Faults
  ) -> Reading? {
    var rows = DelimitedRows(bytes, faults: faults)
    guard rows.advance() else {
      faults.note(.line(1, column: nil), "there is no row")
      return nil
    }
    let header = TableHeader(&rows, wanted: wanted, reader)
    let names = header.names
    var table = Table(names: names, origin: .lines)
    var commas = Commas()
    /// The rows above which the names stand again, or a blank line from which on the first column
    /// begins anew.
    var parts: [Int] = []
    /// What a cell of the present row says; a row that ends early has no more.
    func cell(_ column: Int) -> Cell {
      guard column < rows.count else { return .missing }
      if let number = rows.plainNumber(column, withComma: reader.hasDecimalComma) {
        // One is enough to say which mark is the decimal one.
        if reader.hasDecimalComma
          ? commas.decimal == 0 : commas.decimalPoints == 0 && number != number.rounded()
        {
          _ = reader.read(rows.text(column), noting: &commas)
        }
        return .number(number)
      }
      return reader.read(rows.text(column), noting: &commas)
    }
    var isMore = header.isMore
    while isMore {
      if rows.count > names.count, !(names.count..<rows.count).allSatisfy(rows.isEmpty) {
        faults.note(
          .line(rows.line, column: nil), "has \(rows.count) cells instead of \(names.count)")
      } else if table.rowCount == rowLimit {
        if sampling { break }
        faults.note(.line(rows.line, column: nil), "there are more than \(rowLimit) rows")
        return nil
      } else if header.isRepeated(in: rows) {
        parts.append(table.rowCount)
      } else {
        table.append(row: rows.line, cell: cell, text: { $0 < rows.count ? rows.text($0) : "" })
        if rows.followsGap, table.beginsAnew { parts.append(table.rowCount - 1) }
      }
      isMore = rows.advance()
    }
    table.remarks = remarks(on: rows) + header.remarks
    table.number(parts: parts)
    return Reading(
      table: table, header: header, separator: rows.layout.separator, reader: reader,
      commas: commas)
  }

  /// Which lines are no part of the table.
  private static func remarks(on rows: DelimitedRows) -> [String] {
    var remarks: [String] = []
    if let skipped = rows.layout.skipped {
      let lines =
        skipped.count == 1
        ? "line \(skipped.lowerBound)" : "lines \(skipped.lowerBound) to \(skipped.upperBound)"
      remarks.append("\(lines) above the table left out")
    }
    if let line = rows.lineBelow {
      remarks.append("line \(line) and what follows, below the table, left out")
    }
    return remarks
  }
}
