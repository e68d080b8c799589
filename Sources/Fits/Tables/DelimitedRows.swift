import Foundation

/// The rows of a text in columns, one at a time: comma-separated values (RFC 4180), and the like.
///
/// The separator is the tab, the semicolon, the comma, the bar or a run of spaces: the first of them
/// that gives the same number of columns in each of the first lines. Beyond the RFC: lines may end
/// with LF, CRLF or CR; blank lines, lines whose first character is `#`, rules of dashes as in
/// Markdown, and a byte order mark are skipped; spaces around a cell are no part of it, nor are the
/// bars around a row and the emphasis and links of Markdown.
/// Memory is one row's: a table of many columns costs no more than those that are read.
public struct DelimitedRows {
  /// The most cells that a row may have.
  static let columnLimit = 1_000

  enum Separator: Equatable {
    case byte(UInt8)
    /// One or more spaces or tabs.
    case spaces

    static let all: [Separator] = "\t;,|".utf8.map { .byte($0) } + [.spaces]
  }

  private struct Cell {
    /// The bytes between the quotes, or without the spaces around them.
    var bytes: Range<Int>
    var hasEscapedQuotes = false
  }

  private let bytes: [UInt8]
  private let faults: Faults
  private(set) var separator = Separator.byte(UInt8(ascii: ","))
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
    separator = Self.separator(of: firstLines(10))
  }

  /// The text of a cell in the present row.
  public func text(_ column: Int) -> String {
    let cell = cells[column]
    let text = String(decoding: bytes[cell.bytes], as: UTF8.self)
    if separator == .byte(UInt8(ascii: "|")) { return text.withoutMarkup }
    return cell.hasEscapedQuotes ? text.replacing("\"\"", with: "\"") : text
  }

  /// The number in a cell of the present row, in JSON's spelling alone; nil for any other text.
  public func plainNumber(_ column: Int) -> Double? {
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
    let hasBars = separator == .byte(UInt8(ascii: "|"))
    if hasBars || separator == .spaces { skipSpaces() }
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

  // MARK: The separator

  /// The lines from here on, as many as are looked at, without those that are no rows.
  private func firstLines(_ count: Int) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var rest = bytes[offset...]
    while lines.count < count, !rest.isEmpty {
      let line = rest.prefix { !isLineEnd($0) }
      rest = rest.dropFirst(line.count).drop { isLineEnd($0) }
      let first = line.first { !isBlank($0) }
      if first != nil, first != UInt8(ascii: "#"), !Self.isRule(line) { lines.append(line) }
    }
    return lines
  }

  private static func separator(of lines: [ArraySlice<UInt8>]) -> Separator {
    let regular = Separator.all.first { separator in
      let counts = lines.map { columnCount($0, separator) }
      return (counts.first ?? 0) > 1 && counts.allSatisfy { $0 == counts[0] }
    }
    // Rows that differ in length are told as faults, by the separator of the first.
    return regular ?? Separator.all.first { columnCount(lines.first ?? [], $0) > 1 }
      ?? .byte(UInt8(ascii: ","))
  }

  private static func columnCount(_ line: ArraySlice<UInt8>, _ separator: Separator) -> Int {
    var count = 1
    var isQuoted = false
    switch separator {
    case .byte(let byte):
      for next in line {
        if next == UInt8(ascii: "\"") { isQuoted.toggle() }
        if next == byte, !isQuoted { count += 1 }
      }
    case .spaces:
      let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
      var wasSpace = true
      count = 0
      for next in line {
        if next == UInt8(ascii: "\"") { isQuoted.toggle() }
        let isGap = isSpace(next) && !isQuoted
        if wasSpace, !isGap { count += 1 }
        wasSpace = isGap
      }
    }
    return count
  }

  /// A line under a header, as in Markdown: dashes, and what stands between columns.
  private static func isRule(_ line: ArraySlice<UInt8>) -> Bool {
    line.count { $0 == UInt8(ascii: "-") } >= 3
      && line.allSatisfy { "|-:+= \t".utf8.contains($0) }
  }

  // MARK: Cells

  private mutating func readCell() -> Cell {
    skipSpaces()
    // In a Markdown table quotes are text.
    if separator == .byte(UInt8(ascii: "|")) { return Cell(bytes: readUnquoted(fault: nil)) }
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
    separator == .spaces ? isBlank(byte) : .byte(byte) == separator
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
      if next == UInt8(ascii: "#") {
        while let next, !isLineEnd(next) { offset += 1 }
      } else if next == UInt8(ascii: "|") || next == UInt8(ascii: "-") || next == UInt8(ascii: "+")
      {
        let line = bytes[offset...].prefix { !isLineEnd($0) }
        if Self.isRule(line) { offset += line.count }
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

extension String {
  /// The text without the emphasis, the code marks and the links of Markdown.
  fileprivate var withoutMarkup: String {
    var text = self[...]
    if text.hasPrefix("["), let end = text.range(of: "](") {
      text = text[text.index(after: text.startIndex)..<end.lowerBound]
    }
    return text.trimmingCharacters(in: CharacterSet(charactersIn: "*`")).trimmingCharacters(
      in: .whitespaces)
  }
}
