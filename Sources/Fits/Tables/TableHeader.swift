/// The names of the columns of a text, and which of its first rows are no points.
///
/// Titles and empty rows above the names are left out, and so is a row of words below them, such as units. Where
/// names repeat or stand above several columns, the row below tells these apart: `loss`, `loss` above
/// `mean`, `std`.
struct TableHeader {
  private(set) var names: [String] = []
  /// Whether a row, or a comment above the first one, has the names.
  private(set) var isNamed = false
  /// The cells of the row that has them.
  private(set) var cells: [String] = []
  /// The names of groups of columns that stand side by side, of which each has the same `names`.
  private(set) var groups: [String] = []
  /// Whether there is a row below, to which the rows have been moved.
  private(set) var isMore = false
  /// What has been left out, in sentences.
  private(set) var remarks: [String] = []

  private let reader: CellReader

  /// Moves to the first row that may be a point.
  ///
  /// - Parameters:
  ///   - rows: at the first row.
  ///   - wanted: names of columns that somebody asks for: a first row that has one is a header.
  ///   - reader: says which cells are numbers.
  init(_ rows: inout DelimitedRows, wanted: [String], _ reader: CellReader) {
    self.reader = reader
    var first = rows
    isMore = rows.advance()
    var titleCount = 0
    while isMore {
      let isEmpty = (0..<first.count).allSatisfy(first.isEmpty)
      guard isEmpty || isTitle(first, above: rows) else { break }
      if !isEmpty { titleCount += 1 }
      first = rows
      isMore = rows.advance()
    }
    let next = isMore ? rows : nil
    let comment = names(in: rows.layout.comment, width: first.count)
    isNamed = comment != nil
    if let next, findGroups(first, above: next) {
      isMore = rows.advance()
    } else if isHeader(first, above: next, wanted: wanted) {
      isNamed = true
      cells = texts(first)
      names = names(in: first, above: next)
      if let next, joinNames(above: next) {
        isMore = rows.advance()
        // The name of the index stands in a row of its own.
        if isMore, rows.count > 1, isOfWordsAndGaps(rows),
          texts(rows).dropFirst().allSatisfy(\.isEmpty)
        {
          names[0] = rows.text(0)
          isMore = rows.advance()
        }
      } else if let next, isOfWords(next) {
        remarks.append("a row of words below the names left out")
        isMore = rows.advance()
      }
    } else {
      names =
        comment ?? Table.names(first.count)
      rows = first
      isMore = true
    }
    if titleCount > 0 {
      remarks.append("\(titleCount == 1 ? "a title" : "titles") above the table left out")
    }
  }

  /// Whether a row has the very names again, as where a file was written on.
  func isRepeated(in row: DelimitedRows) -> Bool {
    guard !cells.isEmpty, row.count == cells.count, row.plainNumber(0) == nil,
      row.text(0) == cells[0]
    else {
      return false
    }
    return texts(row) == cells
  }

  // MARK: Rows

  private func texts(_ row: DelimitedRows) -> [String] { (0..<row.count).map { row.text($0) } }

  private func isNumber(_ text: String) -> Bool { reader.read(text).number != nil }

  /// Whether a first row is a title of the table, as sheets have it: one text, and empty cells.
  private func isTitle(_ row: DelimitedRows, above next: DelimitedRows) -> Bool {
    guard row.count > 1, row.count == next.count else { return false }
    let texts = texts(row).filter { !$0.isEmpty }
    guard texts.count == 1, !row.isEmpty(0), case .text = reader.read(texts[0]) else {
      return false
    }
    // Above numbers it is the header of a column.
    return (0..<next.count).allSatisfy { next.plainNumber($0) == nil }
  }

  /// Whether a row has a text in each cell, and no number.
  private func isOfWords(_ row: DelimitedRows) -> Bool {
    (0..<row.count).allSatisfy { row.plainNumber($0) == nil && isWord(row.text($0)) }
  }

  /// Whether a row has texts, and no number.
  private func isOfWordsAndGaps(_ row: DelimitedRows) -> Bool {
    let texts = texts(row).filter { !$0.isEmpty }
    return !texts.isEmpty && texts.allSatisfy(isWord)
  }

  /// Whether a text is no number and has none, unless it is the name of a type.
  private func isWord(_ text: String) -> Bool {
    guard reader.read(text) == .text else { return false }
    guard let number = NamedNumber(text) else { return true }
    return Self.types.contains(String(number.before)) && [8, 16, 32, 64].contains(number.value)
  }

  /// What the types of numbers are called before their size in bits.
  private static let types: Set<String> = ["i", "u", "f", "int", "uint", "float"]

  // MARK: Names

  /// A first row is a header when it names a column that is wanted, when it holds no number at all,
  /// or when its first cell is no number but the one below is.
  private func isHeader(
    _ first: DelimitedRows, above second: DelimitedRows?, wanted: [String]
  ) -> Bool {
    let texts = texts(first)
    if texts.contains(where: { wanted.contains($0) || wanted.contains($0.lowercased()) }) {
      return true
    }
    if !texts.contains(where: isNumber) { return true }
    guard let second, second.count > 0 else { return false }
    return !isNumber(texts[0]) && isNumber(second.text(0))
  }

  /// The names in a comment that has as many words as the rows have cells, and no number.
  private func names(in comment: ArraySlice<UInt8>?, width: Int) -> [String]? {
    var row = DelimitedRows(Array(comment ?? []), faults: Faults())
    guard width > 1, row.advance(), row.count == width, isOfWords(row) else { return nil }
    let names = texts(row)
    // Else it is a sentence.
    return names.contains { $0.contains(" ") } ? nil : names
  }

  /// The names in a header. One that is shorter than the row below has none for the first column.
  private func names(in header: DelimitedRows, above row: DelimitedRows?) -> [String] {
    let given = texts(header)
    let lacksFirst =
      row.map { $0.count == given.count + 1 && !$0.text(given.count).isEmpty } ?? false
    return (lacksFirst ? [""] + given : given).enumerated().map { index, name in
      // As data frames are written again.
      let isNameless = name.isEmpty || name == "Unnamed: \(index)"
      return isNameless ? (index == 0 ? "index" : "column \(index + 1)") : name
    }
  }

  /// Adds the words of the row below to names that repeat, or that stand above several columns; false
  /// when the row holds a number, or no name needs it.
  private mutating func joinNames(above row: DelimitedRows) -> Bool {
    guard cells.count == names.count, row.count <= cells.count, isOfWordsAndGaps(row) else {
      return false
    }
    let words = texts(row) + Array(repeating: "", count: cells.count - row.count)
    var spread: [String] = []
    for (index, cell) in cells.enumerated() {
      spread.append(cell.isEmpty && !words[index].isEmpty ? spread.last ?? "" : cell)
    }
    let given = spread.filter { !$0.isEmpty }
    guard Set(given).count < given.count else { return false }
    for (index, (name, word)) in zip(spread, words).enumerated() where !word.isEmpty {
      names[index] = name.isEmpty ? word : "\(name) \(word)"
    }
    return true
  }

  /// Looks whether a first row has a name for each group of columns, and the row below the names in
  /// them, the same for each: `a, , b, ` above `X, Y, X, Y`.
  private mutating func findGroups(_ first: DelimitedRows, above second: DelimitedRows) -> Bool {
    let (heads, words) = (texts(first), texts(second))
    guard let last = heads.lastIndex(where: { !$0.isEmpty }), last > 1, isOfWords(second),
      let width = heads.indices.dropFirst().first(where: { !heads[$0].isEmpty }), width > 1,
      words.count == last + width,
      heads.indices.allSatisfy({ heads[$0].isEmpty == ($0 % width != 0) || $0 > last }),
      words.indices.allSatisfy({ words[$0] == words[$0 % width] })
    else { return false }
    groups = stride(from: 0, through: last, by: width).map { heads[$0] }
    names = words
    isNamed = true
    return true
  }
}
