/// The lines of a log, in which words stand before the numbers that they name:
/// `step 100: train loss 3.21, lr 1e-4`, `step=100 loss=3.21`, `{'loss': 3.21, 'epoch': 0.1}`.
struct LogLines {
  /// A number, or what stands for none, and what it is called.
  private struct Entry {
    let name: String
    let cell: Cell
  }

  private let bytes: [UInt8]

  /// The lines of a text of which the first two that name something name the same, at least two
  /// numbers each; else nil.
  init?(_ bytes: [UInt8]) {
    let start = bytes.prefix(4_096).split(maxSplits: 16, whereSeparator: Self.isLineEnd)
    let names = start.lazy.map { line in Set(Self.entries(in: line).map(\.name)) }
      .filter { !$0.isEmpty }.prefix(2)
    guard names.count == 2, let first = names.first, first.count > 1,
      names.allSatisfy({ $0 == first })
    else { return nil }
    self.bytes = bytes
  }

  private static func isLineEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  /// A table with a column for each name; lines that name nothing are left out.
  ///
  /// Nil, and noted, when there are too many names or lines.
  func table(rowLimit: Int, faults: Faults) -> Table? {
    var names: [String] = []
    var places: [String: Int] = [:]
    var rows: [(line: Int, cells: [(place: Int, cell: Cell)])] = []
    var line = 0
    var otherCount = 0
    for text in bytes.split(omittingEmptySubsequences: false, whereSeparator: Self.isLineEnd) {
      // The empty text between CR and LF is no line.
      let isBetween = text.isEmpty && text.startIndex > 0 && bytes[text.startIndex - 1] == 0x0D
      if !isBetween { line += 1 }
      if text.isEmpty { continue }
      let cells = Self.entries(in: text).map { entry in
        let place = places[entry.name] ?? names.count
        if place == names.count {
          places[entry.name] = place
          names.append(entry.name)
        }
        return (place: place, cell: entry.cell)
      }
      if cells.isEmpty { otherCount += 1 } else { rows.append((line, cells)) }
      guard names.count <= DelimitedRows.columnLimit, rows.count <= rowLimit,
        names.count * rows.count <= bytes.count
      else {
        faults.note(
          .line(line, column: nil),
          "up to here the log has \(rows.count) lines with \(names.count) names, more than can be "
            + "read")
        return nil
      }
    }
    var table = Table(names: names, origin: .lines)
    for (line, cells) in rows {
      table.append(row: line) { column in
        cells.last { $0.place == column }?.cell ?? .missing
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

  /// What a line names: numbers, each with the words before it up to another number or a comma.
  private static func entries(in line: ArraySlice<UInt8>) -> [Entry] {
    var entries: [Entry] = []
    var name: Range<Int>?
    var offset = line.startIndex
    while offset < line.endIndex {
      guard !isGap(line[offset]) else {
        if ends(line[offset]) { name = nil }
        offset += 1
        continue
      }
      let start = offset
      while offset < line.endIndex, !isGap(line[offset]) { offset += 1 }
      let part = line[start..<offset]
      let isInBrackets = start > line.startIndex && line[start - 1] == UInt8(ascii: "[")
      switch cell(part) {
      case .text:
        let isWord = String(decoding: part, as: UTF8.self).first?.isLetter ?? false
        name = isWord ? (name?.lowerBound ?? start)..<offset : nil
      case .missing where !part.contains { 0x61...0x7A ~= $0 | 0x20 }: name = nil
      case let cell:
        if let name {
          entries.append(Entry(name: text(line[name]), cell: cell))
        } else if isInBrackets {
          // Such as the round of boosting: `[100] train-rmse:0.3`.
          entries.append(Entry(name: "index", cell: cell))
        }
        name = nil
      }
    }
    return entries
  }

  private static func cell(_ part: ArraySlice<UInt8>) -> Cell {
    let bytes = Array(part)
    if let number = try? DecimalNumber(scanning: bytes.span, at: 0), number.end == bytes.count {
      return .number(number.value)
    }
    return CellReader().read(String(decoding: bytes, as: UTF8.self))
  }

  /// The words of a name, one space between them.
  private static func text(_ name: ArraySlice<UInt8>) -> String {
    name.split(whereSeparator: isGap).map { String(decoding: $0, as: UTF8.self) }
      .joined(separator: " ")
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
