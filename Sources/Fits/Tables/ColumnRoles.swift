/// Which columns of a table mean what: as the request says, else by their names.
struct ColumnRoles {
  /// What a column may mean.
  enum Role: String, CaseIterable {
    case x, y, sigma, weight, trials, curve, run, training
    case heldOut = "held_out"

    /// The option that names its column; `training` has none.
    var option: String { "\(rawValue)_column" }
    static let options = allCases.filter { $0 != .training }.map(\.option)
  }

  private(set) var x = 0
  /// Several in a wide table, each with a curve of its own.
  private(set) var y: [(column: Int, curve: String?)] = []
  private(set) var sigma: Int?
  private(set) var weight: Int?
  private(set) var trials: Int?
  private(set) var curve: Int?
  private(set) var run: Int?
  /// Marks the points to set aside, or with `training` the others.
  private(set) var heldOut: (column: Int, isTraining: Bool)?
  /// What was guessed and could be otherwise, in sentences.
  private(set) var guesses: [String] = []

  private let table: Table
  private let names: [ColumnName]
  private var taken: Set<Int> = []

  /// Finds the columns; nil when something has been noted.
  ///
  /// - Parameters:
  ///   - table: whose columns these are.
  ///   - options: the names or positions of columns, by ``Role/option``.
  ///   - faults: where it is noted what is wrong or cannot be told.
  init?(_ table: Table, options: [String: String], faults: Faults) {
    self.table = table
    names = table.columns.map { ColumnName($0.name) }
    let before = faults.count
    var given: [Role: [Int]] = [:]
    for role in Role.allCases {
      if let text = options[role.option] {
        given[role] = columns(named: text, role, faults)
      } else {
        given[role] = column(called: role, faults).map { [$0] }
      }
      taken.formUnion(given[role] ?? [])
    }
    guard faults.count == before else { return nil }
    sigma = given[.sigma]?.first
    weight = given[.weight]?.first
    trials = given[.trials]?.first
    run = given[.run]?.first
    if let marked = given[.heldOut]?.first { heldOut = (marked, false) }
    if let training = given[.training]?.first {
      guard heldOut == nil else {
        faults.note(
          table.head, "the columns `held_out` and `training` say the same; give one of them")
        return nil
      }
      heldOut = (training, true)
    }
    guard findX(given[.x]?.first, hasY: given[.y] != nil, faults) else { return nil }
    taken.insert(x)
    guard findY(given[.y], faults) else { return nil }
    taken.formUnion(y.map(\.column))
    if sigma == nil, weight == nil, trials == nil { findSigma() }
    findCurve(given[.curve]?.first)
  }

  /// A column of names that may tell apart what lies at the same x, when no column does.
  var mixedSeries: Int? {
    guard curve == nil, run == nil, y.count == 1 else { return nil }
    let values = table.columns[x].numbers.filter { !$0.isNaN }
    guard Set(values).count < values.count else { return nil }
    return table.columns.indices.first { index in
      !taken.contains(index) && index != sigma
        && (table.columns[index].isText && hasRepetitions(index)
          || names[index].isSeries && table.columns[index].isNumeric)
    }
  }

  /// The names of the columns that mean nothing here.
  var ignored: [String] {
    let used = taken.union([sigma, curve, run].compactMap { $0 })
    return table.columns.indices.filter { !used.contains($0) }
      .map { table.columns[$0].name.bounded(to: 40) }
  }

  // MARK: Columns that are named

  /// The columns that an option names: by name, by position from 1, or for y several by commas.
  private func columns(named text: String, _ role: Role, _ faults: Faults) -> [Int]? {
    if let column = column(named: text) { return [column] }
    let parts = text.split(separator: ",").map(String.init)
    let columns = role == .y ? parts.compactMap(column(named:)) : []
    if !columns.isEmpty, columns.count == parts.count {
      // Each has a point for every row: named over and over, columns would outgrow any body.
      guard Set(columns).count == columns.count else {
        faults.note(at: .root.appending(role.option), "names a column twice")
        return nil
      }
      return columns
    }
    faults.note(
      at: .root.appending(role.option),
      "no column is named `\(text.bounded(to: 40))`"
        + Spelling.suggestion(for: text, among: table.columns.map(\.name))
        + "; the columns are \(list(Array(table.columns.indices)))")
    return nil
  }

  private func column(named text: String) -> Int? {
    let names = table.columns.map(\.name)
    return names.firstIndex(of: text)
      ?? names.firstIndex { $0.lowercased() == text.lowercased() }
      ?? Int(text).flatMap { names.indices.contains($0 - 1) ? $0 - 1 : nil }
  }

  /// The column with the very name of a role.
  private func column(called role: Role, _ faults: Faults) -> Int? {
    let wanted = role == .weight ? ["weight", "weights"] : [role.rawValue]
    var found = table.columns.indices.filter { wanted.contains(table.columns[$0].name) }
    if found.isEmpty {
      found = table.columns.indices.filter {
        wanted.contains(table.columns[$0].name.lowercased())
      }
    }
    if found.count > 1 {
      faults.note(table.head, "the column `\(role.rawValue)` stands \(found.count) times")
    }
    return found.first
  }

  private func list(_ columns: [Int]) -> String {
    let shown = columns.prefix(10).map { "`\(table.columns[$0].name.bounded(to: 40))`" }
    let more = columns.count > 10 ? " and \(columns.count - 10) more" : ""
    return shown.joined(separator: ", ") + more
  }

  // MARK: Columns that are found

  /// The columns of numbers that nothing else is known of.
  private var free: [Int] {
    table.columns.indices.filter { index in
      !taken.contains(index) && table.columns[index].isNumeric
        && !names[index].isRepetition && names[index].deviationOf == nil && !isExtreme(index)
    }
  }

  /// Whether a tracker added the column beside another: `loss__MIN`, `loss__MAX`.
  private func isExtreme(_ index: Int) -> Bool {
    let name = table.columns[index].name
    return ["__MIN", "__MAX"].contains { suffix in
      name.hasSuffix(suffix)
        && table.columns.contains { $0.name == name.dropLast(suffix.count) }
    }
  }

  private mutating func findX(_ given: Int?, hasY: Bool, _ faults: Faults) -> Bool {
    if let given {
      x = given
      return true
    }
    let free = free
    var scales = free.filter { names[$0].isScale }
    let counted = scales.filter { names[$0].words != ["index"] }
    if !counted.isEmpty { scales = counted }
    let best =
      scales.filter { names[$0].progressRank != nil }
      .min { (names[$0].progressRank ?? 0) < (names[$1].progressRank ?? 0) } ?? scales.first
    if let best {
      x = best
      let others = scales.filter { $0 != best }
      if !others.isEmpty {
        guesses.append(
          "x could also be \(list(others)): add `x_column=\(table.columns[others[0]].name)`")
      }
      return true
    }
    let candidates = free.filter { !names[$0].isMetric }
    // With two columns of numbers the first is x, unless it is the one that names a metric.
    if free.count == (hasY ? 1 : 2), let first = candidates.first {
      x = first
      if free.count == 2 {
        let other = free.first { $0 != first } ?? first
        if !names[other].isMetric {
          guesses.append(
            "x is `\(table.columns[first].name)` by its position: add "
              + "`x_column=\(table.columns[other].name)` to exchange x and y")
        }
      }
      return true
    }
    refuse("x", among: candidates, .x, faults)
    return false
  }

  private mutating func findY(_ given: [Int]?, _ faults: Faults) -> Bool {
    if let given {
      y = given.map { ($0, given.count > 1 ? table.columns[$0].name : nil) }
      return true
    }
    let free = free
    let metrics = free.filter { names[$0].isMetric }
    let others = free.filter { !names[$0].isScale }
    let candidates =
      !metrics.isEmpty ? metrics : !others.isEmpty ? others : free
    if candidates.count == 1 {
      y = [(candidates[0], nil)]
      return true
    }
    if let wide = wideCurves(candidates) {
      y = wide
      return true
    }
    refuse("y", among: candidates, .y, faults)
    return false
  }

  /// The curves of a table with a column for each run, named `RUN - METRIC`.
  private func wideCurves(_ columns: [Int]) -> [(column: Int, curve: String?)]? {
    let parts = columns.map { table.columns[$0].name.split(separator: " - ", maxSplits: 8) }
    guard let metric = parts.first?.last, columns.count > 1,
      parts.allSatisfy({ $0.count > 1 && $0.last == metric })
    else { return nil }
    return zip(columns, parts).map { ($0, $1.dropLast().joined(separator: " - ")) }
  }

  private mutating func findSigma() {
    guard y.count == 1 else { return }
    let quantity = names[y[0].column].quantity
    sigma = table.columns.indices.first { index in
      !taken.contains(index) && table.columns[index].isNumeric
        && names[index].deviationOf == quantity
    }
  }

  private mutating func findCurve(_ given: Int?) {
    curve = given
    guard curve == nil, y.count == 1 else { return }
    let series = table.columns.indices.filter { index in
      !taken.contains(index) && table.columns[index].isText && names[index].isSeries
        && hasRepetitions(index)
    }
    curve = series.first
    if series.count > 1 {
      guesses.append(
        "the curves could also be told apart by \(list(Array(series.dropFirst()))): add "
          + "`curve_column=\(table.columns[series[1]].name)`")
    }
  }

  /// Whether at least one text of a column stands three times: as many points make a curve.
  private func hasRepetitions(_ index: Int) -> Bool {
    var counts: [String: Int] = [:]
    for row in 0..<table.rowCount {
      guard let text = table.columns[index].text(row) else { continue }
      counts[text, default: 0] += 1
      if counts[text] == 3 { return true }
    }
    return false
  }

  private func refuse(_ what: String, among columns: [Int], _ role: Role, _ faults: Faults) {
    guard let first = columns.first else {
      let dates = table.columns.first { column in
        column.isText && column.texts.first.map(CellReader.isDate) ?? false
      }
      let remedy = dates.map {
        "; `\($0.name.bounded(to: 40))` holds dates: \(CellReader.dateRemedy)"
      }
      faults.note(
        table.head,
        "no column can be \(what); the columns are \(list(Array(table.columns.indices)))"
          + (remedy ?? ""))
      return
    }
    faults.noteAmbiguity(
      at: .root.appending(role.option),
      "is needed: \(what) may be \(list(columns)); add `\(role.option)=\(table.columns[first].name)`"
    )
  }
}
