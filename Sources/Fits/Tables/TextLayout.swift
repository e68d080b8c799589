/// How a text holds a table: what separates the columns, and where the table begins.
///
/// The separator is the tab, the semicolon, the comma, the bar, a run of spaces, or one of two and
/// more: the first of them that gives the same number of columns in each of the first lines. Lines
/// above are left out when those that follow agree without them, as titles above an exported sheet
/// are; so is what stands around a table between bars with a rule below its header.
struct TextLayout {
  enum Separator: Equatable {
    case byte(UInt8)
    /// Spaces or tabs, as many as this or more.
    case spaces(Int)

    static let bar = Separator.byte(UInt8(ascii: "|"))
    static let comma = Separator.byte(UInt8(ascii: ","))
    static let all: [Separator] = "\t;,|".utf8.map { .byte($0) } + [.spaces(1), .spaces(2)]
  }

  private(set) var separator = Separator.byte(UInt8(ascii: ","))
  /// The offset of the first row, and its line, counted from 1.
  private(set) var start = 0
  private(set) var startLine = 1
  /// Whether a rule of dashes stands below the header, so that bars tell a row from other text.
  private(set) var hasRule = false
  /// Whether fences as in Markdown stand around the table.
  private(set) var isFenced = false
  /// The lines above the table that are no part of it: the first and the last.
  private(set) var skipped: ClosedRange<Int>?
  /// The comment right above the first row, without its mark: it may name the columns.
  private(set) var comment: ArraySlice<UInt8>?

  /// How many lines that are no rules, comments or blanks are looked at.
  private static let sampleCount = 12
  /// How many lines may stand above a table between bars.
  private static let proseLimit = 200

  init(_ bytes: [UInt8]) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    let lines = Self.sample(of: bytes, from: start)
    // `sep=;`, by which a sheet says its separator.
    if let first = lines.rows.first, first.bytes.count == 5, first.bytes.starts(with: "sep=".utf8),
      lines.rows.count > 1, let separator = first.bytes.last
    {
      self.separator = .byte(separator)
      start = lines.rows[1].bytes.startIndex
      startLine = lines.rows[1].number
      return
    }
    guard let first = lines.above ?? lines.rows.first else { return }
    comment = lines.comment
    if lines.above != nil, lines.header == nil {
      isFenced = true
      begin(at: lines.rows[0], first: first)
    }
    if let header = lines.header {
      separator = .bar
      hasRule = true
      begin(at: header, first: first)
      return
    }
    let sample = Array(lines.rows.prefix(Self.sampleCount))
    func counts(_ separator: Separator) -> [Int] {
      sample.map { Self.columnCount($0.bytes, separator) }
    }
    let regular = Separator.all.first { separator in
      let counts = counts(separator)
      return counts[0] > 1 && counts.allSatisfy { $0 == counts[0] }
    }
    if let regular {
      // A header may lack the name of the first column and still look like two columns, unless these
      // hold a value and its uncertainty.
      let lacksFirst =
        regular == .spaces(2) && Self.firstRow(counts(.spaces(1))) == 0
        && !sample.dropFirst().contains { Self.holdsPair($0.bytes) }
      separator = lacksFirst ? .spaces(1) : regular
      return
    }
    for separator in Separator.all {
      let counts = counts(separator)
      if let first = Self.firstRow(counts),
        Self.areNoRows(sample[..<first], counts, above: sample[first], separator)
      {
        self.separator = separator
        begin(at: sample[first], first: sample[0])
        return
      }
    }
    // Rows that differ in length are told as faults, by the separator of the first.
    separator = Separator.all.first { Self.columnCount(first.bytes, $0) > 1 } ?? separator
  }

  private mutating func begin(at line: Line, first: Line) {
    guard line.number > first.number else { return }
    start = line.bytes.startIndex
    startLine = line.number
    skipped = first.number...(line.number - 1)
  }

  /// The first of the lines with as many columns as all that follow; nil when the lines need not be
  /// rows, or all of them may.
  private static func firstRow(_ counts: [Int]) -> Int? {
    guard let width = counts.last, width > 1, counts[0] != width else { return nil }
    let count = counts.reversed().prefix { $0 == width }.count
    let first = counts.count - count
    // A header without a name for the first column is one shorter.
    if width > 2, counts[first - 1] == width - 1 { return count > 1 ? first - 1 : nil }
    return count > 2 ? first : nil
  }

  /// Whether lines above a table are no rows of it: they do not hold numbers, and the last of them is
  /// not the header of rows that all end early.
  private static func areNoRows(
    _ lines: ArraySlice<Line>, _ counts: [Int], above row: Line, _ separator: Separator
  ) -> Bool {
    let isHeader =
      lines.last != nil && counts[lines.endIndex - 1] > counts[lines.endIndex]
      && isOfNumbers(row.bytes, separator)
    return !isHeader && !lines.contains { isOfNumbers($0.bytes, separator) }
  }

  /// Whether a word of a line begins with a bracket or a sign of uncertainty.
  private static func holdsPair(_ line: ArraySlice<UInt8>) -> Bool {
    line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      .contains { word in ["(", "\u{B1}", "+"].contains { word.starts(with: $0.utf8) } }
  }

  /// Whether at least two and at least half of the cells of a line are numbers.
  private static func isOfNumbers(_ line: ArraySlice<UInt8>, _ separator: Separator) -> Bool {
    let cells = line.split { byte in
      if case .byte(byte) = separator { return true }
      return byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
    let numbers = cells.count { DecimalNumber(String(decoding: $0, as: UTF8.self)) != nil }
    return numbers > 1 && numbers * 2 >= cells.count
  }

  // MARK: Lines

  private struct Line {
    let bytes: ArraySlice<UInt8>
    let number: Int
  }

  /// The lines that are looked at.
  private struct Sample {
    /// The first lines that may be rows.
    var rows: [Line] = []
    /// The header of a table between bars.
    var header: Line?
    /// The comment above the rows, without its mark.
    var comment: ArraySlice<UInt8>?
    /// The first line above the fence in which the rows stand.
    var above: Line?
  }

  private static func sample(of bytes: [UInt8], from start: Int) -> Sample {
    var sample = Sample()
    var unfenced: [Line] = []
    var number = 0
    var rest = bytes[start...]
    while sample.rows.count < proseLimit, !rest.isEmpty {
      number += 1
      let line = rest.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
      rest = rest.dropFirst(line.count)
      let isCRLF = rest.starts(with: [UInt8(ascii: "\r"), UInt8(ascii: "\n")])
      rest = rest.dropFirst(isCRLF ? 2 : 1)
      if isFence(line) {
        if sample.above != nil, !sample.rows.isEmpty { break }
        unfenced += sample.rows
        sample.above = unfenced.first ?? Line(bytes: line, number: number)
        sample.rows = []
        continue
      }
      if isRule(line) {
        let isBetweenBars = line.contains { $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: "+") }
        if isBetweenBars, let last = sample.rows.last, last.number == number - 1,
          last.bytes.contains(UInt8(ascii: "|"))
        {
          sample.header = last
          sample.comment = nil
          break
        }
        continue
      }
      let text = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      if let comment = comment(text) {
        if sample.rows.isEmpty { sample.comment = comment }
      } else if !text.isEmpty {
        sample.rows.append(Line(bytes: line, number: number))
      }
    }
    if sample.rows.isEmpty {
      sample.rows = unfenced
      sample.above = nil
    }
    return sample
  }

  /// What a line says that is a comment: behind `#`, `//`, or `%` where no separator shows that it begins
  /// the name of a column. Nothing for what R and pandas print about types and sizes. The line begins
  /// without spaces.
  static func comment(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    func ends(_ end: String) -> Bool { line.reversed().starts(with: end.utf8.reversed()) }
    switch line.first {
    case UInt8(ascii: "#"): return line.dropFirst()
    case UInt8(ascii: "/") where line.starts(with: "//".utf8): return line.dropFirst(2)
    case UInt8(ascii: "%") where !line.contains(where: "\t;,|".utf8.contains):
      return line.dropFirst()
    case UInt8(ascii: "<") where ends(">"), UInt8(ascii: "[") where ends(" columns]"): return []
    case UInt8(ascii: "N"), UInt8(ascii: "L"):
      // `Name: loss, dtype: float64`
      let words = line.suffix(20).split(separator: UInt8(ascii: " "))
      return words.count > 1 && words[words.count - 2].elementsEqual("dtype:".utf8) ? [] : nil
    default: return nil
    }
  }

  /// A line that begins or ends a block of code in Markdown.
  static func isFence(_ line: ArraySlice<UInt8>) -> Bool { line.starts(with: "```".utf8) }

  /// A line under a header, as in Markdown: dashes or equals signs, and what stands between columns. Fewer
  /// than three may also say that nothing was measured.
  static func isRule(_ line: ArraySlice<UInt8>) -> Bool {
    let least = line.starts(with: "|-".utf8) || line.starts(with: "|:-".utf8) ? 1 : 3
    return line.count { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "=") } >= least
      && line.allSatisfy { "|-:+= \t".utf8.contains($0) }
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
    case .spaces(let least):
      let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
      var spaces = least
      count = 0
      for next in line {
        if next == UInt8(ascii: "\"") { isQuoted.toggle() }
        let isGap = isSpace(next) && !isQuoted
        if spaces >= least, !isGap { count += 1 }
        spaces = isGap ? spaces + 1 : 0
      }
    }
    return count
  }
}
