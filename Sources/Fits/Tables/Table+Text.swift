import Foundation

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
    guard let bytes = Self.utf8(text, faults) else { return nil }
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
    if !read.isNamed { transpose() }
    splitUncertain(read.reader)
    readNamedNumbers()
  }

  /// A table as it was read.
  private struct Reading {
    let table: Table
    /// Whether a row, or a comment above the first one, has the names of the columns.
    let isNamed: Bool
    let separator: TextLayout.Separator
    let reader: CellReader
    /// What the cells show of the meaning of commas.
    let commas: CellReader.Commas

    /// Whether the comma is the decimal mark. Where it separates the columns it is none.
    var hasDecimalComma: Bool {
      separator != .byte(UInt8(ascii: ","))
        && commas.meanDecimal(isUsual: separator == .byte(UInt8(ascii: ";")))
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
    var first = rows
    var isMore = rows.advance()
    var titleCount = 0
    while isMore, isTitle(first, above: rows, reader) {
      titleCount += 1
      first = rows
      isMore = rows.advance()
    }
    let names: [String]
    var hasUnits = false
    let comment = Self.names(in: rows.layout.comment, width: first.count)
    let hasHeader = isHeader(first, before: isMore ? rows : nil, wanted: wanted, reader)
    if hasHeader {
      names = Self.names(in: first, before: isMore ? rows : nil)
      // A row of words below, such as units, holds no point.
      hasUnits = isMore && isOfWords(rows, reader)
      if hasUnits { isMore = rows.advance() }
    } else {
      names =
        comment ?? (first.count == 2 ? ["x", "y"] : (1...first.count).map { "column \($0)" })
      rows = first
      isMore = true
    }
    let isNamed = hasHeader || comment != nil
    var table = Table(names: names, origin: .lines)
    var commas = CellReader.Commas()
    /// What a cell of the present row says; a row that ends early has no more.
    func cell(_ column: Int) -> Cell {
      guard column < rows.count else { return .missing }
      if let number = rows.plainNumber(column, withComma: reader.hasDecimalComma) {
        // One is enough to say which mark is the decimal one.
        if reader.hasDecimalComma
          ? commas.decimal == 0 : commas.decimalPoints == 0 && number != number.rounded()
        {
          CellReader.count(rows.text(column), in: &commas)
        }
        return .number(number)
      }
      let text = rows.text(column)
      CellReader.count(text, in: &commas)
      return reader.read(text)
    }
    while isMore {
      if rows.count > names.count, !(names.count..<rows.count).allSatisfy(rows.isEmpty) {
        faults.note(
          .line(rows.line, column: nil), "has \(rows.count) cells instead of \(names.count)")
      } else if table.rowCount == rowLimit {
        if sampling { break }
        faults.note(.line(rows.line, column: nil), "there are more than \(rowLimit) rows")
        return nil
      } else {
        table.append(row: rows.line, cell: cell, text: { $0 < rows.count ? rows.text($0) : "" })
      }
      isMore = rows.advance()
    }
    table.remarks = remarks(on: rows)
    if hasUnits { table.remarks.append("a row of words below the names left out") }
    if titleCount > 0 {
      table.remarks.append("\(titleCount == 1 ? "a title" : "titles") above the table left out")
    }
    return Reading(
      table: table, isNamed: isNamed, separator: rows.layout.separator, reader: reader,
      commas: commas)
  }

  /// Whether a first row is a title of the table, as sheets have it: one text, and empty cells.
  private static func isTitle(
    _ row: DelimitedRows, above next: DelimitedRows, _ reader: CellReader
  ) -> Bool {
    guard row.count > 1, row.count == next.count else { return false }
    let texts = (0..<row.count).map { row.text($0) }.filter { !$0.isEmpty }
    guard texts.count == 1, !row.isEmpty(0), case .text = reader.read(texts[0]) else {
      return false
    }
    // Above numbers it is the header of a column.
    return (0..<next.count).allSatisfy { next.plainNumber($0) == nil }
  }

  /// Whether a row has a text in each cell, and no number.
  private static func isOfWords(_ row: DelimitedRows, _ reader: CellReader) -> Bool {
    (0..<row.count).allSatisfy { column in
      row.plainNumber(column) == nil && reader.read(row.text(column)) == .text
        && NamedNumber(row.text(column)) == nil
    }
  }

  /// The names in a comment that has as many words as the rows have cells, and no number.
  private static func names(in comment: ArraySlice<UInt8>?, width: Int) -> [String]? {
    var row = DelimitedRows(Array(comment ?? []), faults: Faults())
    guard width > 1, row.advance(), row.count == width, isOfWords(row, CellReader()) else {
      return nil
    }
    let names = (0..<width).map { row.text($0) }
    // Else it is a sentence.
    return names.contains { $0.contains(" ") } ? nil : names
  }

  /// The names in a header. One that is shorter than the row below has none for the first column.
  private static func names(in header: DelimitedRows, before row: DelimitedRows?) -> [String] {
    let given = (0..<header.count).map { header.text($0) }
    let lacksFirst =
      row.map { $0.count == given.count + 1 && !$0.text(given.count).isEmpty } ?? false
    return (lacksFirst ? [""] + given : given).enumerated().map { index, name in
      // As data frames are written again.
      let isNameless = name.isEmpty || name == "Unnamed: \(index)"
      return isNameless ? (index == 0 ? "index" : "column \(index + 1)") : name
    }
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

  /// A first row is a header when it names a column that is wanted, when it holds no number at all,
  /// or when its first cell is no number but the one below is.
  private static func isHeader(
    _ first: DelimitedRows, before second: DelimitedRows?, wanted: [String], _ reader: CellReader
  ) -> Bool {
    let texts = (0..<first.count).map { first.text($0) }
    func isNumber(_ text: String) -> Bool {
      reader.read(text).number != nil
    }
    if texts.contains(where: { wanted.contains($0) || wanted.contains($0.lowercased()) }) {
      return true
    }
    if !texts.contains(where: isNumber) { return true }
    guard let second, second.count > 0 else { return false }
    return !isNumber(texts[0]) && isNumber(second.text(0))
  }

  /// The bytes in UTF-8; nil, and noted, when they are no text with lines.
  private static func utf8(_ bytes: [UInt8], _ faults: Faults) -> [UInt8]? {
    var bytes = bytes
    let marks: [(bytes: [UInt8], encoding: String.Encoding)] = [
      ([0xFF, 0xFE], .utf16LittleEndian), ([0xFE, 0xFF], .utf16BigEndian),
    ]
    for mark in marks where bytes.starts(with: mark.bytes) {
      guard let text = String(bytes: bytes.dropFirst(2), encoding: mark.encoding) else {
        faults.note(.line(1, column: nil), "the text is not UTF-16, as its first bytes say")
        return nil
      }
      bytes = Array(text.utf8)
    }
    guard (try? UTF8Span(validating: bytes.span)) != nil else {
      faults.note(.line(1, column: nil), "the text is not UTF-8; save it as UTF-8")
      return nil
    }
    let start = bytes.first { $0 > 0x20 }
    guard start != UInt8(ascii: "<") else {
      faults.note(
        .line(1, column: nil),
        "the text is HTML or XML; copy the table from the browser, or save it as CSV")
      return nil
    }
    let hasLineEnd = bytes.contains { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    if !hasLineEnd, !bytes.isEmpty {
      faults.note(
        .line(1, column: nil),
        "there is only one line; `curl -d @FILE` removes the line ends, so send the file with "
          + "`--data-binary @FILE`")
      return nil
    }
    return bytes
  }
}
