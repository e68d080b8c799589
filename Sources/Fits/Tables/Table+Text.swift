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
    let before = faults.count
    guard
      var read = Self.read(
        bytes, CellReader(), wanted: wanted, rowLimit: rowLimit, faults: faults)
    else { return nil }
    // Where the comma separates the columns it is no decimal one, unless it stands between quotes.
    let isUsual = read.separator == .byte(UInt8(ascii: ";"))
    if read.commas.meanDecimal(isUsual: isUsual), read.separator != .byte(UInt8(ascii: ",")),
      let again = Self.read(
        bytes, CellReader(hasDecimalComma: true), wanted: wanted, rowLimit: rowLimit,
        faults: Faults())
    {
      read = again
    }
    guard faults.count == before || read.table.rowCount > 0 else { return nil }
    self = read.table
    readStems()
  }

  /// The table that the bytes hold, what separates its columns, and, unless a decimal comma is
  /// known of, what its cells show of the meaning of commas.
  private static func read(
    _ bytes: [UInt8], _ reader: CellReader, wanted: [String], rowLimit: Int, faults: Faults
  ) -> (table: Table, separator: DelimitedRows.Separator, commas: CellReader.Commas)? {
    var rows = DelimitedRows(bytes, faults: faults)
    guard rows.advance() else {
      faults.note(.line(1, column: nil), "there is no row")
      return nil
    }
    let width = rows.count
    let first = rows
    var isMore = rows.advance()
    let names: [String]
    if isHeader(first, before: isMore ? rows : nil, wanted: wanted, reader) {
      names = (0..<width).map { index in
        let name = first.text(index)
        return name.isEmpty ? (index == 0 ? "index" : "column \(index + 1)") : name
      }
    } else {
      names = width == 2 ? ["x", "y"] : (1...width).map { "column \($0)" }
      rows = first
      isMore = true
    }
    var table = Table(names: names, origin: .lines)
    var commas = CellReader.Commas()
    /// What a cell of the present row says.
    func cell(_ column: Int) -> Cell {
      if reader.hasDecimalComma { return reader.read(rows.text(column)) }
      if let number = rows.plainNumber(column) {
        // One is enough to say that the comma is no decimal one.
        if commas.decimalPoints == 0, number != number.rounded() {
          CellReader.count(rows.text(column), in: &commas)
        }
        return .number(number)
      }
      let text = rows.text(column)
      CellReader.count(text, in: &commas)
      return reader.read(text)
    }
    while isMore {
      if rows.count != width {
        faults.note(.line(rows.line, column: nil), "has \(rows.count) cells instead of \(width)")
      } else if table.rowCount == rowLimit {
        faults.note(.line(rows.line, column: nil), "there are more than \(rowLimit) rows")
        return nil
      } else {
        table.append(row: rows.line, cell: cell, text: { rows.text($0) })
      }
      isMore = rows.advance()
    }
    return (table, rows.separator, commas)
  }

  /// A first row is a header when it names a column that is wanted, when it holds no number at all,
  /// or when its first cell is no number but the one below is.
  private static func isHeader(
    _ first: DelimitedRows, before second: DelimitedRows?, wanted: [String], _ reader: CellReader
  ) -> Bool {
    let texts = (0..<first.count).map { first.text($0) }
    func isNumber(_ text: String) -> Bool {
      if case .number = reader.read(text) { true } else { false }
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
