/// The rows of a text of comma-separated values, RFC 4180, one at a time.
///
/// Beyond the RFC: lines may end with LF, CRLF or CR; blank lines, lines whose first character is
/// `#` and a byte order mark are skipped; spaces around a cell are no part of it; the separator is
/// the comma unless the first row has none but has tabs, or else semicolons.
/// Memory is one row's: a table of many columns costs no more than those that are read.
public struct CSVRows {
  /// The most cells that a row may have.
  public static let columnLimit = 1_000

  private struct Cell {
    /// The bytes between the quotes, or without the spaces around them.
    var bytes: Range<Int>
    var hasEscapedQuotes = false
  }

  private let bytes: [UInt8]
  private let faults: Faults
  private var separator = UInt8(ascii: ",")
  private var offset = 0
  /// The line that `offset` is in.
  private var currentLine = 1
  private var cells: [Cell] = []

  /// The line at which the present row begins, counted from 1.
  public private(set) var line = 0

  /// How many cells the present row has.
  public var count: Int { cells.count }

  /// Rows of a text in UTF-8; quotes that are wrong are noted as faults.
  public init(_ bytes: [UInt8], faults: Faults) {
    self.bytes = bytes
    self.faults = faults
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    skipEmptyLines()
    let firstRow = bytes[offset...].prefix { !isLineEnd($0) }
    let separators = [separator, UInt8(ascii: "\t"), UInt8(ascii: ";")]
    separator = separators.first { firstRow.contains($0) } ?? separator
  }

  /// The text of a cell in the present row.
  public func text(_ column: Int) -> String {
    let cell = cells[column]
    let text = String(decoding: bytes[cell.bytes], as: UTF8.self)
    return cell.hasEscapedQuotes ? text.replacing("\"\"", with: "\"") : text
  }

  /// The number in a cell of the present row, or nil; only JSON's spelling of numbers is one.
  public func number(_ column: Int) -> Double? {
    let cell = cells[column].bytes
    guard !cell.isEmpty, let number = try? DecimalNumber(scanning: bytes.span, at: cell.lowerBound),
      number.end == cell.upperBound
    else { return nil }
    return number.value
  }

  /// Moves to the next row; false when there is none.
  public mutating func advance() -> Bool {
    skipEmptyLines()
    guard offset < bytes.count else { return false }
    line = currentLine
    cells.removeAll(keepingCapacity: true)
    var count = 0
    repeat {
      let cell = readCell()
      count += 1
      if count <= Self.columnLimit { cells.append(cell) }
    } while take(separator)
    if count > Self.columnLimit {
      faults.note(.line(line, column: nil), "has \(count) cells, more than \(Self.columnLimit)")
    }
    skipLineEnd()
    return true
  }

  // MARK: Cells

  private mutating func readCell() -> Cell {
    skipSpaces()
    guard next == UInt8(ascii: "\"") else {
      return Cell(
        bytes: readUnquoted(fault: "has a quote inside a cell that does not begin with one"))
    }
    let openingLine = currentLine
    offset += 1
    let start = offset
    var hasEscapedQuotes = false
    while let byte = next {
      if byte == UInt8(ascii: "\n") { currentLine += 1 }
      offset += 1
      guard byte == UInt8(ascii: "\"") else { continue }
      if next == UInt8(ascii: "\"") {
        hasEscapedQuotes = true
        offset += 1
        continue
      }
      let end = offset - 1
      if !readUnquoted(fault: nil).isEmpty {
        faults.note(.line(currentLine, column: nil), "has text after a closing quote")
      }
      return Cell(bytes: start..<end, hasEscapedQuotes: hasEscapedQuotes)
    }
    faults.note(.line(openingLine, column: nil), "opens a quote that is never closed")
    return Cell(bytes: start..<offset, hasEscapedQuotes: hasEscapedQuotes)
  }

  /// Moves to the end of the cell; returns what is between the spaces.
  private mutating func readUnquoted(fault: String?) -> Range<Int> {
    skipSpaces()
    let start = offset
    var end = offset
    var hasQuote = false
    while let byte = next, byte != separator, !isLineEnd(byte) {
      if byte == UInt8(ascii: "\"") { hasQuote = true }
      offset += 1
      if !isSpace(byte) { end = offset }
    }
    if hasQuote, let fault { faults.note(.line(currentLine, column: nil), fault) }
    return start..<end
  }

  // MARK: Bytes

  private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") && byte != separator
  }

  private func isLineEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  private mutating func skipSpaces() {
    while let next, isSpace(next) { offset += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    offset += 1
    return true
  }

  private mutating func skipLineEnd() {
    guard let next, isLineEnd(next) else { return }
    offset += 1
    if next == UInt8(ascii: "\r") { _ = take(UInt8(ascii: "\n")) }
    currentLine += 1
  }

  private mutating func skipEmptyLines() {
    while offset < bytes.count {
      let start = offset
      skipSpaces()
      if next == UInt8(ascii: "#") {
        while let next, !isLineEnd(next) { offset += 1 }
      }
      guard next.map(isLineEnd) ?? true else {
        // A row: the spaces may be separators yet.
        offset = start
        return
      }
      skipLineEnd()
    }
  }
}
