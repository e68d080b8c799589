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
    if !read.header.isNamed { transpose() }
    stack(read.header.groups)
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

  /// The bytes in UTF-8 and without frames; nil, and noted, when they are no text with lines.
  private static func utf8(_ bytes: [UInt8], _ faults: Faults) -> [UInt8]? {
    guard let bytes = bytes.withoutUTF16 else {
      faults.note(.line(1, column: nil), "the text is not UTF-16, as its first bytes say")
      return nil
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
    return withPlainFrames(bytes)
  }

  /// Tables that are drawn with box characters (U+2500 to U+257F) as they are drawn in ASCII; the bytes
  /// are UTF-8.
  private static func withPlainFrames(_ bytes: [UInt8]) -> [UInt8] {
    func isFrame(_ index: Int) -> Bool {
      bytes[index] == 0xE2 && bytes[index + 1] & 0xFE == 0x94
    }
    guard bytes.indices.contains(where: isFrame) else { return bytes }
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      guard isFrame(index) else {
        plain.append(bytes[index])
        index += 1
        continue
      }
      let sign: UInt8 =
        switch (bytes[index + 1] & 1) << 6 | bytes[index + 2] & 0x3F {
        case 0x00, 0x01, 0x04, 0x05, 0x08, 0x09, 0x4C, 0x4D, 0x50: UInt8(ascii: "-")
        case 0x02, 0x03, 0x06, 0x07, 0x0A, 0x0B, 0x4E, 0x4F, 0x51: UInt8(ascii: "|")
        default: UInt8(ascii: "+")
        }
      plain.append(sign)
      index += 3
    }
    return plain
  }
}

extension [UInt8] {
  /// A text in UTF-16 in UTF-8, any other as it is; nil when it is no UTF-16 although it begins so.
  ///
  /// Without a byte order mark UTF-16 is known by the zeros beside its first two characters.
  var withoutUTF16: [UInt8]? {
    let (encoding, mark): (String.Encoding, Int)
    switch (prefix(2), prefix(4).map { $0 == 0 }) {
    case ([0xFF, 0xFE], _): (encoding, mark) = (.utf16LittleEndian, 2)
    case ([0xFE, 0xFF], _): (encoding, mark) = (.utf16BigEndian, 2)
    case (_, [false, true, false, true]): (encoding, mark) = (.utf16LittleEndian, 0)
    case (_, [true, false, true, false]): (encoding, mark) = (.utf16BigEndian, 0)
    default: return self
    }
    return String(bytes: dropFirst(mark), encoding: encoding).map { Array($0.utf8) }
  }
}
