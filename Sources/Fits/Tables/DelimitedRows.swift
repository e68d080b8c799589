import Foundation

/// The rows of a text in columns, one at a time: comma-separated values (RFC 4180), and the like.
///
/// What separates the columns, and where the table begins, ``TextLayout`` finds. Beyond the RFC: lines
/// may end with LF, CRLF or CR; blank lines, comments, rules of dashes as in Markdown, and a byte order
/// mark are skipped; spaces around a cell are no part of it, nor are the bars around a row and the
/// emphasis and links of Markdown.
/// Memory is one row's: a table of many columns costs no more than those that are read.
struct DelimitedRows {
  /// The most cells that a row may have.
  static let columnLimit = 1_000

  private struct Cell {
    /// The bytes between the quotes, or without the spaces around them.
    var bytes: Range<Int>
    var hasEscapedQuotes = false
  }

  private let bytes: [UInt8]
  private let faults: Faults
  let layout: TextLayout
  private var separator: TextLayout.Separator { layout.separator }
  private var offset: Int
  /// The line that `offset` is in.
  private var currentLine: Int
  private var cells: [Cell] = []

  /// The line at which the present row begins, counted from 1.
  private(set) var line = 0

  /// Whether a blank line stands above the present row.
  private(set) var followsGap = false

  /// How many cells the present row has.
  var count: Int { cells.count }

  /// Rows of a text in UTF-8; quotes that are wrong are noted as faults.
  init(_ bytes: [UInt8], faults: Faults) {
    self.bytes = bytes
    self.faults = faults
    layout = TextLayout(bytes)
    offset = layout.start
    currentLine = layout.startLine
  }

  /// The text of a cell in the present row.
  func text(_ column: Int) -> String {
    let cell = cells[column]
    let text = String(decoding: bytes[cell.bytes], as: UTF8.self)
    if separator == .bar { return text.withoutMarkup }
    return cell.hasEscapedQuotes ? unescaped(cell.bytes) : text
  }

  /// The text between quotes, of two of which inside it one counts.
  private func unescaped(_ cell: Range<Int>) -> String {
    var text: [UInt8] = []
    var offset = cell.lowerBound
    while offset < cell.upperBound {
      text.append(bytes[offset])
      offset += bytes[offset] == UInt8(ascii: "\"") ? 2 : 1
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The number in a cell of the present row, in JSON's spelling alone, or with a comma in the place of
  /// its point; nil for any other text.
  func plainNumber(_ column: Int, withComma: Bool = false) -> Double? {
    let cell = cells[column].bytes
    guard !cell.isEmpty else { return nil }
    if withComma {
      guard cell.count <= 64, !bytes[cell].contains(UInt8(ascii: ".")) else { return nil }
      let text = bytes[cell].map { $0 == UInt8(ascii: ",") ? UInt8(ascii: ".") : $0 }
      guard let number = try? DecimalNumber(scanning: text.span, at: 0), number.end == text.count
      else { return nil }
      return number.value
    }
    guard let number = try? DecimalNumber(scanning: bytes.span, at: cell.lowerBound),
      number.end == cell.upperBound
    else { return nil }
    return number.value
  }

  /// Whether a cell of the present row is empty.
  func isEmpty(_ column: Int) -> Bool { cells[column].bytes.isEmpty }

  /// Moves to the next row; false when there is none.
  mutating func advance() -> Bool {
    followsGap = false
    skipEmptyLines()
    guard offset < bytes.count, !isBelowTable else { return false }
    line = currentLine
    cells.removeAll(keepingCapacity: true)
    let hasBars = separator == .bar
    let hasSpaces = if case .spaces = separator { true } else { false }
    if hasBars || hasSpaces { skipSpaces() }
    // A row that begins with a bar ends with one.
    let hasClosingBar = hasBars && take(UInt8(ascii: "|"))
    var count = 0
    repeat {
      let cell = readCell()
      count += 1
      if count <= Self.columnLimit { cells.append(cell) }
    } while takeSeparator()
    if hasClosingBar, count > 1 {
      if count <= Self.columnLimit { cells.removeLast() }
      count -= 1
    }
    if count > Self.columnLimit {
      faults.note(.line(line, column: nil), "has \(count) cells, more than \(Self.columnLimit)")
    }
    skipLineEnd()
    return true
  }

  /// The line below a table between bars or fences at which other text begins; nil when none does.
  private(set) var lineBelow: Int?

  /// Whether the next line is no row of a table between bars or fences, which prose may follow.
  private var isBelowTable: Bool {
    mutating get {
      guard layout.hasRule || layout.isFenced else { return false }
      let line = bytes[offset...].prefix { !isLineEnd($0) }
      guard layout.isFenced ? TextLayout.isFence(line) : !line.contains(UInt8(ascii: "|")) else {
        return false
      }
      lineBelow = currentLine
      return true
    }
  }

  // MARK: Cells

  private mutating func readCell() -> Cell {
    skipSpaces()
    // In a Markdown table quotes are text.
    if separator == .bar { return Cell(bytes: readUnquoted(fault: nil)) }
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
      let isOver = next.map { isSeparator($0) || isLineEnd($0) } ?? true
      if !isOver, !readUnquoted(fault: nil).isEmpty {
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
    while let byte = next, !isSeparator(byte), !isLineEnd(byte) {
      if byte == UInt8(ascii: "\"") { hasQuote = true }
      offset += 1
      if !isSpace(byte) { end = offset }
    }
    if hasQuote, let fault { faults.note(.line(currentLine, column: nil), fault) }
    return start..<end
  }

  // MARK: Bytes

  private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  /// Whether a byte may stand around a cell.
  private func isSpace(_ byte: UInt8) -> Bool {
    isBlank(byte) && .byte(byte) != separator
  }

  private func isSeparator(_ byte: UInt8) -> Bool {
    switch separator {
    case .byte(let separator): byte == separator
    case .spaces(let least):
      isBlank(byte)
        && (least < 2 || offset + 1 < bytes.count && isBlank(bytes[offset + 1]))
    }
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

  /// Moves over what separates two cells; false at the end of a row.
  private mutating func takeSeparator() -> Bool {
    guard case .byte(let byte) = separator else {
      let start = offset
      skipSpaces()
      return offset > start && next.map { !isLineEnd($0) } ?? false
    }
    return take(byte)
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
      if let next, "#%/<[NL|-+=`".utf8.contains(next) {
        let line = bytes[offset...].prefix { !isLineEnd($0) }
        if TextLayout.comment(line) != nil || TextLayout.isRule(line)
          || TextLayout.isFence(line) && !layout.isFenced
        {
          offset += line.count
        }
      }
      guard next.map(isLineEnd) ?? true else {
        // A row: the spaces may be separators yet.
        offset = start
        return
      }
      if offset == start { followsGap = true }
      skipLineEnd()
    }
  }
}

extension String {
  /// The text without the emphasis, the code marks and the links of Markdown.
  fileprivate var withoutMarkup: String {
    guard utf8.contains(where: "[*`".utf8.contains) else { return self }
    var text = self[...]
    if text.hasPrefix("["), let end = text.range(of: "](") {
      text = text[text.index(after: text.startIndex)..<end.lowerBound]
    }
    return text.trimmingCharacters(in: CharacterSet(charactersIn: "*`")).trimmingCharacters(
      in: .whitespaces)
  }
}
