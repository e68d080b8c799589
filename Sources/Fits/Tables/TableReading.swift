/// What was read from a table and what was left out, for the answer to say.
struct TableReading: Sendable, Hashable {
  var x = ""
  /// One, or in a wide table several.
  var y: [String] = []
  var sigma: String?
  /// The column that tells curves apart.
  var curve: String?
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
  /// A column that may tell apart what lies at the same x, when none was used.
  var mixedBy: String?
}

extension TableReading {
  mutating func describe(_ table: Table, _ roles: ColumnRoles, used: Int) {
    func name(_ column: Int) -> String { table.columns[column].name.bounded(to: 64) }
    x = name(roles.x)
    y = roles.y.map { name($0.column) }
    sigma = roles.sigma.map(name)
    curve = roles.curve.map(name)
    rowCount = table.rowCount
    usedCount = used
    ignored = roles.ignored
    guesses = roles.guesses
    mixedBy = roles.mixedSeries.map(name)
  }

  /// The reading in one sentence.
  var sentence: String {
    let ys = y.count == 1 ? "`\(y[0])`" : "\(y.count) columns"
    var text = "Read x from `\(x)` and y from \(ys)"
    if let sigma { text += ", sigma from `\(sigma)`" }
    if let curve { text += ", one curve for each `\(curve)`" }
    text += ": \(usedCount) \(usedCount == 1 ? "point" : "points")"
    var left: [String] = []
    if emptyCount > 0 { left.append("\(emptyCount) without a value") }
    if zeroCount > 0 { left.append("\(zeroCount) at x = 0") }
    if !left.isEmpty { text += "; left out \(left.joined(separator: " and "))" }
    return text + "."
  }
}

// MARK: JSON

extension TableReading: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("x", x)
      if y.count == 1 { json.member("y", y[0]) } else { json.member("y", y) }
      json.member("sigma", ifPresent: sigma)
      json.member("curve", ifPresent: curve)
      json.member("rows", rowCount)
      json.member("used", usedCount)
      json.member("left_out") { json in
        json.object {
          if emptyCount > 0 { $0.member("empty", emptyCount) }
          if zeroCount > 0 { $0.member("x_is_zero", zeroCount) }
          if unknownSigmaCount > 0 { $0.member("sigma_unknown", unknownSigmaCount) }
        }
      }
      json.member("ignored", ignored)
      if !guesses.isEmpty { json.member("guesses", guesses) }
      json.member("mixed_by", ifPresent: mixedBy)
    }
  }

  /// Reads what was written; nil when something has been noted.
  init?(_ field: JSONField) {
    let reading = field.object { fields -> TableReading? in
      var reading = TableReading()
      func text(_ name: String) -> String? {
        guard let field = fields[name], field.value != .null else { return nil }
        return field.string(atMost: 80)
      }
      func texts(_ name: String) -> [String] {
        fields[name]?.strings(ofAtMost: 512, atMost: DelimitedRows.columnLimit) ?? []
      }
      func count(_ fields: JSONFields, _ name: String) -> Int {
        fields[name]?.integer(in: 0...Int.max) ?? 0
      }
      reading.x = text("x") ?? ""
      if case .string? = fields["y"]?.value {
        reading.y = [text("y") ?? ""]
      } else {
        reading.y = texts("y")
      }
      reading.sigma = text("sigma")
      reading.curve = text("curve")
      reading.rowCount = count(fields, "rows")
      reading.usedCount = count(fields, "used")
      _ = fields["left_out"]?.object { left in
        reading.emptyCount = count(left, "empty")
        reading.zeroCount = count(left, "x_is_zero")
        reading.unknownSigmaCount = count(left, "sigma_unknown")
        return ()
      }
      reading.ignored = texts("ignored")
      reading.guesses = texts("guesses")
      reading.mixedBy = text("mixed_by")
      return reading
    }
    guard let reading else { return nil }
    self = reading
  }
}
