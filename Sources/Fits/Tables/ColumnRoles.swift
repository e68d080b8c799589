/// Which columns of a table mean what: as the request says, else by their names.
///
/// What could be otherwise is said in `guesses`; where several columns could be meant and none is
/// more likely, it is noted which option decides.
struct ColumnRoles {
  /// What a column may mean.
  enum Role: String, CaseIterable {
    case x, y, sigma, weight, trials, curve, run, training
    case heldOut = "held_out"

    /// The option that names its column; `training` has none.
    var option: String { "\(rawValue)_column" }
    static let options = allCases.filter { $0 != .training }.map(\.option)

    /// Whether several columns may have it.
    var isShared: Bool { self == .y || self == .curve }
  }

  private(set) var x = 0
  /// Several in a wide table, each with a curve of its own.
  private(set) var y: [(column: Int, curve: String?)] = []
  private(set) var sigma: Int?
  private(set) var weight: Int?
  private(set) var trials: Int?
  /// What tells curves apart, together where there are several.
  private(set) var curves: [Int] = []
  private(set) var run: Int?
  /// Marks the points to set aside, or with `training` the others.
  private(set) var heldOut: (column: Int, isTraining: Bool)?
  /// What was guessed and could be otherwise, in sentences.
  private(set) var guesses: [String] = []
  /// Columns that look more like x and y than those with these names.
  private(set) var likelier: (x: Int, y: Int)?
  /// A column that may tell apart what lies at the same x, when none does.
  private(set) var mixedBy: Int?

  let table: Table
  let names: [ColumnName]
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
    guard let given = givenColumns(options, faults) else { return nil }
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
    guard findX(given[.x]?.first, for: given[.y], faults) else { return nil }
    if names[x].isLogarithm {
      guesses.append(
        "x is \(table.list([x])) as it stands; by its name it is a logarithm already, and the law takes "
          + "that of x itself")
    }
    if names[x].words.contains("year") {
      guesses.append("x is \(table.list([x])): \(CellReader.dateRemedy)")
    }
    taken.insert(x)
    guard findY(given[.y], faults) else { return nil }
    taken.formUnion(y.map(\.column))
    if options[Role.x.option] == nil, options[Role.y.option] == nil, given[.x] != nil,
      given[.y] != nil
    {
      findLikelier()
    }
    if sigma == nil, weight == nil, trials == nil { findSigma() }
    taken.formUnion([sigma].compactMap { $0 })
    findCurves(given[.curve])
    taken.formUnion(curves + [run].compactMap { $0 })
    findMixed()
  }

  /// The names of the columns that mean nothing here.
  var ignored: [String] {
    table.columns.indices.filter { !taken.contains($0) }
      .map { table.columns[$0].name.bounded(to: 40) }
  }

  // MARK: x

  /// Takes the column that is given, or the likeliest that has numbers beside those of y.
  private mutating func findX(_ given: Int?, for y: [Int]?, _ faults: Faults) -> Bool {
    if let given {
      x = given
      return true
    }
    let free = free
    let metrics = free.filter { names[$0].isMetric }
    let measured = y ?? (metrics.isEmpty ? nil : metrics)
    var scales = wellFilled(free.filter { names[$0].isScale }) { varies($0, beside: measured) }
    let counted = scales.filter { !names[$0].isIndex }
    if !counted.isEmpty { scales = counted }
    let best =
      scales.filter { names[$0].progressRank != nil }
      .min { (names[$0].progressRank ?? 0) < (names[$1].progressRank ?? 0) } ?? scales.first
    if let best {
      x = best
      let others = scales.filter { $0 != best }
      if let other = others.first {
        guesses.append("x could also be \(table.list(others)): \(table.adding(.x, [other]))")
      }
      return true
    }
    // With two columns of numbers the first is x, unless one or both name a metric.
    let candidates = free.filter { !names[$0].isMetric }
    let repetitions = table.columns.indices.filter { index in
      !taken.contains(index) && names[index].isRepetition && table.columns[index].isNumeric
    }
    if free.count == (y == nil ? 1 : 0), repetitions.count == 1 {
      x = repetitions[0]
      return true
    }
    if free.count == (y == nil ? 2 : 1), !candidates.isEmpty {
      x = (candidates.count == 1 ? candidates : free)[0]
      if let other = free.first(where: { $0 != x }), candidates.count != 1 {
        guesses.append(
          "x is `\(table.columns[x].name.bounded(to: 40))` by its position: "
            + "\(table.adding(.x, [other])) to exchange x and y")
      }
      return true
    }
    refuse(.x, among: free.count > 1 && candidates.isEmpty ? free : candidates, faults)
    return false
  }

  // MARK: y

  private mutating func findY(_ given: [Int]?, _ faults: Faults) -> Bool {
    if let given {
      y = given.map { ($0, given.count > 1 ? table.columns[$0].name : nil) }
      return true
    }
    let free = free
    let metrics = free.filter { names[$0].isMetric }
    let others = free.filter { !names[$0].isScale && !names[$0].isSeries }
    let candidates = wellFilled(!metrics.isEmpty ? metrics : !others.isEmpty ? others : free) {
      table.columns[$0].numberCount > 2
    }
    if candidates.count == 1 {
      y = [(candidates[0], nil)]
      return true
    }
    if let wide = wideCurves(candidates) {
      y = wide
      return true
    }
    refuse(.y, among: candidates, faults)
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

  /// Looks whether columns named `x` and `y` stand beside a scale and a metric.
  private mutating func findLikelier() {
    let free = free
    if let scale = free.first(where: { names[$0].isScale && !names[$0].isIndex }),
      let metric = free.first(where: { names[$0].isMetric })
    {
      likelier = (scale, metric)
    }
  }

  private mutating func findSigma() {
    guard y.count == 1 else { return }
    let measured = names[y[0].column]
    let deviations = table.columns.indices.filter { index in
      !taken.contains(index) && table.columns[index].isNumeric
        && (names[index].isDeviation || names[index].isErrorOf(measured))
    }
    // A nameless deviation is that of the only metric.
    let isOnly = deviations.count == 1 && !free.contains { names[$0].isMetric }
    sigma = deviations.first { index in
      names[index].isErrorOf(measured) || names[index].quantity == measured.quantity
        || names[index].quantity.isEmpty && isOnly
    }
  }

  // MARK: Curves

  private mutating func findCurves(_ given: [Int]?) {
    if run == nil {
      run = table.columns.indices.first { index in
        !taken.contains(index) && names[index].isRepetition && table.columns[index].isLabel
      }
    }
    if let given {
      curves = given
      return
    }
    let candidates = table.columns.indices.filter { index in
      !taken.contains(index) && index != run && names[index].isSeries
        && table.columns[index].isLabel
    }
    guard !candidates.isEmpty else { return }
    var grouping = RowGrouping(table, x: x, y: y.map(\.column))
    var rest = candidates
    while let next = grouping.bestDivision(by: rest, ignoringOrder: curves.isEmpty, run: run) {
      grouping.divide(by: next)
      curves.append(next)
      rest.removeAll { $0 == next }
    }
    curves.sort()
    rest = rest.filter { grouping.division(by: $0) != nil }
    if let other = rest.first, !curves.isEmpty {
      guesses.append(
        "the curves could also be told apart by \(table.list(rest)): "
          + table.adding(.curve, [other]))
    }
  }

  /// Looks for a column that was not used and tells apart what lies at the same x.
  private mutating func findMixed() {
    let others = table.columns.indices.filter { index in
      let mayTell =
        table.columns[index].isText || names[index].tellsApart || names[index].isScale
        || index == table.partColumn
      return mayTell && !taken.contains(index) && !isCompanion(index)
    }
    guard run == nil, !others.isEmpty else { return }
    var grouping = RowGrouping(table, x: x, y: y.map(\.column))
    for column in curves { grouping.divide(by: column) }
    guard grouping.repeatCount(run: nil) > 0 else { return }
    mixedBy = others.first { index in
      grouping.tellsApart(index, thoroughly: !table.columns[index].isText)
        && y.contains { grouping.scatters($0.column, moreThanAlong: index) }
    }
  }

  // MARK: Columns in question

  /// The columns of numbers that nothing else is known of.
  private var free: [Int] {
    table.columns.indices.filter { index in
      !taken.contains(index) && table.columns[index].isNumeric && !names[index].isRepetition
        && !names[index].isDeviation && !isCompanion(index) && index != table.partColumn
    }
  }

  /// Whether a column says how far another may be wrong, or how far it goes: `loss__MIN`, `acc_err`.
  private func isCompanion(_ index: Int) -> Bool {
    names[index].mayBeCompanion
      && names.indices.contains { other in
        other != index && table.columns[other].isNumeric
          && names[index].isCompanion(of: names[other])
      }
  }

  /// The columns that hold enough to make a curve, or all of them when none does.
  private func wellFilled(_ columns: [Int], _ isFilled: (Int) -> Bool) -> [Int] {
    let filled = columns.count > 1 ? columns.filter(isFilled) : columns
    return filled.isEmpty ? columns : filled
  }

  /// Whether a column has at least three different numbers, in rows where others have one if any are
  /// given.
  private func varies(_ column: Int, beside others: [Int]?) -> Bool {
    var seen: Set<Double> = []
    return (0..<table.rowCount).contains { row in
      let isUsed = others?.contains { !table.columns[$0].numbers[row].isNaN } ?? true
      let number = table.columns[column].numbers[row]
      if isUsed, !number.isNaN { seen.insert(number) }
      return seen.count > 2
    }
  }

  private func refuse(_ role: Role, among columns: [Int], _ faults: Faults) {
    var counting = role == .x ? ", or `x_column=\(Table.rowNumbers)` to count the rows" : ""
    guard table.rowCount > 0 else {
      faults.note(table.head, "there are names of columns, but no row of numbers")
      return
    }
    guard let first = columns.first(where: { names[$0].isOfUnseen }) ?? columns.first else {
      faults.note(
        table.head,
        "no column can be \(role.rawValue); the columns are "
          + table.list(Array(table.columns.indices)) + remark(on: role) + counting)
      return
    }
    if role == .x, columns.allSatisfy({ names[$0].isMetric }) {
      counting += ", as each of these may be y"
    }
    var detail =
      "is needed: \(role.rawValue) may be \(table.list(columns)); "
      + table.adding(role, [first]) + counting
    // Columns of one kind may be runs.
    if role == .y, 2...8 ~= columns.count, !columns.contains(where: { names[$0].isMetric }) {
      detail += ", or `\(table.value(of: columns))` for a curve of each"
    }
    faults.noteAmbiguity(at: .root.appending(role.option), detail)
  }

  /// Why a column that is likely by its name or its place is no column of numbers.
  private func remark(on role: Role) -> String {
    let texts = table.columns.indices.filter { !taken.contains($0) && table.columns[$0].isText }
    let likely = texts.filter { role == .y ? names[$0].isMetric : names[$0].isScale }
    for index in likely + texts {
      let column = table.columns[index]
      guard let row = (0..<table.rowCount).first(where: { column.text($0) != nil }),
        let text = column.text(row)
      else { continue }
      if CellReader.isDate(text) {
        return "; \(table.list([index])) holds dates: \(CellReader.dateRemedy)"
      }
      let mayBeMeant =
        likely.contains(index) || column.numberCount > 0
        || text.utf8.first.map { 0x30...0x39 ~= $0 } ?? false
      if mayBeMeant {
        return "; \(table.list([index])) holds `\(text.bounded(to: 40))`, which is not a number"
      }
    }
    return ""
  }

  // MARK: Columns that are named

  /// The columns that options name, and those that are called as a role is; nil when one is noted.
  private mutating func givenColumns(
    _ options: [String: String], _ faults: Faults
  ) -> [Role: [Int]]? {
    let before = faults.count
    var given: [Role: [Int]] = [:]
    for role in Role.allCases {
      if let text = options[role.option] {
        given[role] = table.columns(named: text, role, faults)
        taken.formUnion(given[role] ?? [])
      }
    }
    // `run` alone may be the name of a curve.
    for role in Role.allCases where options[role.option] == nil {
      if role == .run, given[.curve] == nil { continue }
      given[role] = column(called: role, faults).map { [$0] }
      taken.formUnion(given[role] ?? [])
    }
    return faults.count == before ? given : nil
  }

  /// The column with the very name of a role.
  private func column(called role: Role, _ faults: Faults) -> Int? {
    let wanted = role == .weight ? ["weight", "weights"] : [role.rawValue]
    let untaken = table.columns.indices.filter { !taken.contains($0) }
    var found = untaken.filter { wanted.contains(table.columns[$0].name) }
    if found.isEmpty {
      found = untaken.filter { wanted.contains(table.columns[$0].name.lowercased()) }
    }
    if found.count > 1 {
      faults.note(table.head, "the column `\(role.rawValue)` stands \(found.count) times")
    }
    return found.first
  }
}
