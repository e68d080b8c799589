/// The rows of a table that hold points, in groups that are told apart by some of its columns.
struct RowGrouping {
  private let table: Table
  /// The numbers of x, of all rows of the table.
  private let xs: [Double]
  /// The rows, and of each the number of its x among all x and that of its group.
  private let rows: [Int]
  private let places: [Int]
  private let placeCount: Int
  private var groups: [Int]
  private var groupCount = 1

  /// One group of the rows that have an x and any y.
  init(_ table: Table, x: Int, y: [Int]) {
    self.table = table
    let numbers = table.columns[x].numbers
    xs = numbers
    rows = (0..<table.rowCount).filter { row in
      !numbers[row].isNaN && y.contains { !table.columns[$0].numbers[row].isNaN }
    }
    var known: [Double: Int] = [:]
    places = rows.map { row in
      let place = known[numbers[row]] ?? known.count
      known[numbers[row]] = place
      return place
    }
    placeCount = known.count
    groups = Array(repeating: 0, count: rows.count)
  }

  /// How many rows have the x of an earlier one in their group, and the run of it if there is one.
  func repeatCount(run: Int?) -> Int {
    repeatCount(run.map { divided(by: $0).groups } ?? groups)
  }

  /// Divides each group by the labels in a column.
  mutating func divide(by column: Int) { (groups, groupCount) = divided(by: column) }

  /// The column that divides the groups best into curves; nil when none does.
  ///
  /// A curve needs three points. With `ignoringOrder` the first column counts even if no x repeats.
  func bestDivision(by columns: [Int], ignoringOrder: Bool, run: Int?) -> Int? {
    let now = repeatCount(run: run)
    var best: (column: Int, repeats: Int)?
    for column in columns {
      guard let next = division(by: column) else { continue }
      let repeats = next.repeatCount(run: run)
      if repeats < best?.repeats ?? (ignoringOrder ? .max : now) { best = (column, repeats) }
    }
    return best?.column
  }

  /// The groups divided by a column; nil unless they are more then, at least one of them of three rows.
  func division(by column: Int) -> RowGrouping? {
    var divided = self
    divided.divide(by: column)
    guard divided.groupCount > groupCount else { return nil }
    var sizes = [Int](repeating: 0, count: divided.groupCount)
    for group in divided.groups { sizes[group] += 1 }
    return sizes.contains { $0 > 2 } ? divided : nil
  }

  /// Whether a column tells apart rows of equal x: some of them, or thoroughly nearly all.
  func tellsApart(_ column: Int, thoroughly: Bool) -> Bool {
    guard let divided = division(by: column) else { return false }
    let (now, then) = (repeatCount(groups), repeatCount(divided.groups))
    return thoroughly ? then * 10 <= now : then < now
  }

  /// Whether a column of y scatters among rows of equal x more than twice as much as it goes up and down
  /// along the curves that another column tells apart, each by the median: the standard deviation of
  /// the rows of one x, and how far a row lies from the mean of its two neighbours.
  func scatters(_ y: Int, moreThanAlong column: Int) -> Bool {
    let values = table.columns[y].numbers
    let labels = divided(by: column).groups
    let order = rows.indices.filter { !values[rows[$0]].isNaN }
    func median(_ values: [Double]) -> Double {
      values.isEmpty ? 0 : values.sorted()[values.count / 2]
    }
    /// Sorted by x within groups.
    func sorted(by groups: [Int]) -> [Int] {
      order.sorted { (groups[$0], x(of: $0)) < (groups[$1], x(of: $1)) }
    }

    var deviations: [Double] = []
    let stacks = sorted(by: groups).chunked(by: {
      groups[$0] == groups[$1] && places[$0] == places[$1]
    })
    for stack in stacks where stack.count > 1 {
      let values = stack.map { values[rows[$0]] }
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      deviations.append((squares / Double(values.count - 1)).squareRoot())
    }
    var steps: [Double] = []
    for curve in sorted(by: labels).chunked(by: { labels[$0] == labels[$1] }) {
      let values = curve.map { values[rows[$0]] }
      for index in values.indices.dropFirst().dropLast() {
        steps.append(abs(values[index] - (values[index - 1] + values[index + 1]) / 2))
      }
    }
    return median(deviations) > 2 * median(steps)
  }

  private func x(of index: Int) -> Double { xs[rows[index]] }

  private func divided(by column: Int) -> (groups: [Int], count: Int) {
    let labels = labels(column)
    var numbers: [Int: Int] = [:]
    let divided = rows.indices.map { index in
      let key = groups[index] * labels.count + labels.numbers[index]
      let number = numbers[key] ?? numbers.count
      numbers[key] = number
      return number
    }
    return (divided, numbers.count)
  }

  /// The number of each row's label among those of a column, and how many labels there are.
  private func labels(_ column: Int) -> (numbers: [Int], count: Int) {
    let cells = table.columns[column]
    var texts: [String: Int] = [:]
    var values: [UInt64: Int] = [:]
    let numbers = rows.map { row in
      let count = texts.count + values.count
      if let text = cells.spelling(row) {
        if let number = texts[text] { return number }
        texts[text] = count
      } else {
        let bits = cells.numbers[row].bitPattern
        if let number = values[bits] { return number }
        values[bits] = count
      }
      return count
    }
    return (numbers, texts.count + values.count)
  }

  private func repeatCount(_ groups: [Int]) -> Int {
    var seen: Set<Int> = []
    seen.reserveCapacity(groups.count)
    for (group, place) in zip(groups, places) { seen.insert(group * placeCount + place) }
    return groups.count - seen.count
  }
}

extension [Int] {
  /// The runs of elements of which each belongs to the one before it.
  fileprivate func chunked(by belongs: (Int, Int) -> Bool) -> [ArraySlice<Int>] {
    var chunks: [ArraySlice<Int>] = []
    var start = 0
    for index in indices where index + 1 == count || !belongs(self[index], self[index + 1]) {
      chunks.append(self[start...index])
      start = index + 1
    }
    return chunks
  }
}
