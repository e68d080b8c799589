/// What was read from a table and what was left out, for the answer to say.
struct TableReading: Sendable, Hashable {
  var x = ""
  /// One, or in a wide table several.
  var y: [String] = []
  /// The columns that give what is known of the noise, at most one of them.
  var sigma: String?
  var weight: String?
  var trials: String?
  /// The columns that tell curves apart.
  var curve: [String] = []
  /// The column that tells repetitions of a curve apart.
  var run: String?
  /// The column that sets points aside.
  var heldOut: String?
  var rowCount = 0
  /// Points that were used, over all curves.
  var usedCount = 0
  /// Points that have no x or no y.
  var emptyCount = 0
  /// Points at x = 0.
  var zeroCount = 0
  /// Points whose standard error is 0 or missing; they are used.
  var unknownSigmaCount = 0
  var ignored: [String] = []
  /// What was guessed and could be otherwise, in sentences.
  var guesses: [String] = []
  /// Columns that look more like x and y than those read, which have these names.
  var likelier: [String] = []
  /// A column that may tell apart what lies at the same x, when none was used.
  var mixedBy: String?
  /// Whether y is a share by its name and goes beyond 1, as in per cent.
  var isPerCent = false
}

extension TableReading {
  mutating func describe(_ table: Table, _ roles: ColumnRoles, used: Int) {
    func name(_ column: Int) -> String { table.columns[column].name.bounded(to: 64) }
    x = name(roles.x)
    y = roles.y.map { name($0.column) }
    sigma = roles.sigma.map(name)
    weight = roles.weight.map(name)
    trials = roles.trials.map(name)
    curve = roles.curves.map(name)
    run = roles.run.map(name)
    heldOut = roles.heldOut.map { name($0.column) }
    rowCount = table.rowCount
    usedCount = used
    ignored = roles.ignored
    guesses = table.remarks + roles.guesses
    likelier = roles.likelier.map { [name($0.x), name($0.y)] } ?? []
    mixedBy = roles.mixedBy.map(name)
  }

  /// Looks whether a share goes beyond 1.
  mutating func findPerCent(_ values: [Double]) {
    guard !y.isEmpty, y.allSatisfy({ ColumnName($0).isShare }), let most = values.max() else {
      return
    }
    isPerCent = most > 1 && most <= 100 && values.allSatisfy { $0 >= 0 }
  }

  /// The reading in one sentence.
  var sentence: String {
    let ys = y.count == 1 ? "`\(y[0])`" : "\(y.count) columns"
    var text = "Read x from `\(x)` and y from \(ys)"
    for (what, column) in [("sigma", sigma), ("weights", weight), ("trials", trials)] {
      if let column { text += ", \(what) from `\(column)`" }
    }
    if !curve.isEmpty {
      text += ", one curve for each \(curve.map { "`\($0)`" }.joined(separator: " and "))"
    }
    if let run { text += ", repeated for each `\(run)`" }
    text += ": \(usedCount) \(usedCount == 1 ? "point" : "points")"
    var left: [String] = []
    if emptyCount > 0 { left.append("\(emptyCount) without a value") }
    if zeroCount > 0 { left.append("\(zeroCount) at x = 0") }
    if !left.isEmpty { text += "; left out \(left.joined(separator: " and "))" }
    return text + "."
  }
}
