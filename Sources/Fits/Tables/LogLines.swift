/// The lines of a log, in which words stand before the numbers that they name:
/// `step 100: train loss 3.21, lr 1e-4`, `step=100 loss=3.21`, `{'loss': 3.21, 'epoch': 0.1}`. A line
/// that names no progress belongs to what was named last.
struct LogLines {
  private let bytes: [UInt8]

  /// The lines of a text of whose first ones two name the same, at least two numbers each; else nil.
  init?(_ bytes: [UInt8]) {
    var entries = LogEntries(bytes)
    let start = bytes.prefix(4_096).split(maxSplits: 16, whereSeparator: Self.isLineEnd)
    var known: Set<Set<Int>> = []
    var progress = Progress()
    let isRepeated = start.contains { line in
      var found: [(name: Int, value: Double)] = []
      entries.read(line.indices) { found.append(($0, $1)) }
      guard !found.isEmpty, !progress.take(found, of: entries.names) else { return false }
      let names = Set(found.map(\.name) + progress.inherited.keys)
      return names.count > 1 && !known.insert(names).inserted
    }
    guard isRepeated else { return nil }
    self.bytes = bytes
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  /// A table with a column for each name; lines that name nothing are left out.
  ///
  /// Nil, and noted, when there are too many names or lines.
  func table(rowLimit: Int, faults: Faults) -> Table? {
    var entries = LogEntries(bytes)
    /// What the lines name, one after another, and where each line that names something ends in it.
    var named: [(name: Int, value: Double)] = []
    var rows: [(line: Int, end: Int)] = []
    var progress = Progress()
    var found: [(name: Int, value: Double)] = []
    var line = 0
    var otherCount = 0
    for text in bytes.split(omittingEmptySubsequences: false, whereSeparator: Self.isLineEnd) {
      // The empty text between CR and LF is no line.
      let isBetween = text.isEmpty && text.startIndex > 0 && bytes[text.startIndex - 1] == 0x0D
      if !isBetween { line += 1 }
      if text.isEmpty { continue }
      found.removeAll(keepingCapacity: true)
      entries.read(text.indices) { found.append(($0, $1)) }
      if found.isEmpty {
        otherCount += 1
      } else if !progress.take(found, of: entries.names) {
        for (name, value) in progress.inherited { named.append((name, value)) }
        named += found
        rows.append((line, named.count))
      }
      guard entries.names.count <= DelimitedRows.columnLimit, rows.count <= rowLimit,
        entries.names.count * rows.count <= bytes.count
      else {
        faults.note(
          .line(line, column: nil),
          "up to here the log has \(rows.count) lines with \(entries.names.count) names, more than "
            + "can be read")
        return nil
      }
    }
    var table = Table(names: entries.names, origin: .lines)
    var values = [Double](repeating: .nan, count: entries.names.count)
    var start = 0
    for (line, end) in rows {
      for column in values.indices { values[column] = .nan }
      for (name, value) in named[start..<end] { values[name] = value }
      start = end
      table.append(row: line) {
        values[$0].isNaN ? .missing : .number(values[$0])
      } text: { _ in
        ""
      }
    }
    if otherCount > 0 {
      table.remarks.append(
        "\(otherCount) \(otherCount == 1 ? "line" : "lines") without numbers left out")
    }
    return table
  }
}

/// How far a run is by the lines of its log: `Epoch 1/10` on a line of its own counts for all lines below,
/// and what other lines say of it for those that say nothing.
private struct Progress {
  /// What the present line takes from those above.
  private(set) var inherited: [Int: Double] = [:]
  private var headings: [Int: Double] = [:]
  private var latest: [Int: Double] = [:]
  /// Whether a name is one of progress.
  private var isProgress: [Int: Bool] = [:]

  /// Takes what a line names; says whether that is progress alone.
  mutating func take(_ found: [(name: Int, value: Double)], of names: [String]) -> Bool {
    var isHeading = true
    var isOwn = false
    for (name, value) in found {
      let counts = isProgress[name] ?? (ColumnName(names[name]).progressRank != nil)
      isProgress[name] = counts
      if counts {
        if !isOwn { latest = headings }
        isOwn = true
        latest[name] = value
      } else {
        isHeading = false
      }
    }
    if isHeading { headings = latest }
    inherited = isOwn ? headings : latest
    return isHeading
  }
}

/// Finds in the lines of a log the numbers and what they are called: the words before each, up to
/// another number or a comma.
private struct LogEntries {
  private let bytes: [UInt8]
  /// In the order in which they were found.
  private(set) var names: [String] = []
  private var places: [String: Int] = [:]
  /// How each name was spelled where it was found. Most lines name the same in the same order, so
  /// that the bytes say at once which name comes.
  private var spellings: [Range<Int>] = []
  /// The name that most likely comes next.
  private var next = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads one line; the body is told the number of each name and its value, NaN where there is none.
  mutating func read(_ line: Range<Int>, _ body: (Int, Double) -> Void) {
    next = 0
    var words: Range<Int>?
    var offset = line.lowerBound
    while offset < line.upperBound {
      guard !Self.isGap(bytes[offset]) else {
        if Self.ends(bytes[offset]) { words = nil }
        offset += 1
        continue
      }
      let start = offset
      if words == nil, let end = end(ofNextNameAt: start), end < line.upperBound,
        Self.isGap(bytes[end])
      {
        words = start..<end
        offset = end
        continue
      }
      while offset < line.upperBound, !Self.isGap(bytes[offset]) || isInsideNumber(offset) {
        offset += 1
      }
      let part = start..<offset
      let isInBrackets =
        start > line.lowerBound && bytes[start - 1] == UInt8(ascii: "[")
        && offset < line.upperBound && bytes[offset] == UInt8(ascii: "]")
      // What nothing names need not be read.
      if words == nil, !isInBrackets, 0x30...0x39 ~= bytes[start] { continue }
      switch cell(part) {
      case .text:
        let isWord = String(decoding: bytes[part], as: UTF8.self).first?.isLetter ?? false
        words = isWord ? (words?.lowerBound ?? start)..<offset : nil
      case .missing where !bytes[part].contains { 0x61...0x7A ~= $0 | 0x20 }: words = nil
      case let cell:
        if let words {
          body(place(ofName: words), cell.number ?? .nan)
        } else if isInBrackets {
          // Such as the round of boosting: `[100] train-rmse:0.3`.
          body(place(of: "index", spelled: start..<start), cell.number ?? .nan)
        }
        words = nil
      }
    }
  }

  /// Whether a comma stands between digits, as in `1,234`: what stands before it is no number by itself.
  private func isInsideNumber(_ offset: Int) -> Bool {
    bytes[offset] == UInt8(ascii: ",") && offset > 0 && 0x30...0x39 ~= bytes[offset - 1]
      && offset + 1 < bytes.count && 0x30...0x39 ~= bytes[offset + 1]
  }

  /// Where the name ends that most likely comes next, if it stands here.
  private func end(ofNextNameAt offset: Int) -> Int? {
    guard next < spellings.count, !spellings[next].isEmpty else { return nil }
    let end = offset + spellings[next].count
    return end <= bytes.count && areEqual(offset..<end, spellings[next]) ? end : nil
  }

  private func areEqual(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { bytes[$0] == bytes[$1] }
  }

  private mutating func place(ofName words: Range<Int>) -> Int {
    if next < spellings.count, areEqual(words, spellings[next]) {
      next += 1
      return next - 1
    }
    // One space between the words.
    let name = bytes[words].split(whereSeparator: Self.isGap)
      .map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    return place(of: name, spelled: words)
  }

  private mutating func place(of name: String, spelled words: Range<Int>) -> Int {
    let place = places[name] ?? names.count
    if place == names.count {
      places[name] = place
      names.append(name)
      spellings.append(words)
    }
    next = place + 1
    return place
  }

  private func cell(_ part: Range<Int>) -> Cell {
    if let number = try? DecimalNumber(scanning: bytes.span, at: part.lowerBound),
      number.end == part.upperBound
    {
      return .number(number.value)
    }
    let text = String(decoding: bytes[part], as: UTF8.self)
    let cell = CellReader().read(text)
    guard cell == .text else { return cell }
    // With a unit, or as a count of so many: `12.5ms`, `100/3200`, `100/ 3200`.
    if bytes[part].last == UInt8(ascii: "/"), let number = DecimalNumber(text.dropLast()) {
      return .number(number.value)
    }
    guard let number = NamedNumber(text), number.before.isEmpty else { return cell }
    return .number(number.value)
  }

  /// Whether a byte stands between words and numbers.
  private static func isGap(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "="), UInt8(ascii: ":"),
      UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"),
      UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "'"), UInt8(ascii: "\""):
      true
    default: ends(byte)
    }
  }

  /// Whether a byte parts what stands before it from the next number.
  private static func ends(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "|")
  }
}
