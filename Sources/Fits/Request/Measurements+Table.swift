import ScalingLaws

extension Measurements {
  /// Some rows of a table, split into fitted and held-out points; nil when there are faults.
  init?(_ table: PointTable, rows: [Int], faults: Faults) {
    guard faults.isEmpty else { return nil }
    let isHeldOut = table.isHeldOut ?? []
    let kept = isHeldOut.isEmpty ? rows : rows.filter { !isHeldOut[$0] }
    let setAside = isHeldOut.isEmpty ? [] : rows.filter { isHeldOut[$0] }
    let points = Points(table, rows: kept, withNoise: true, faults: faults)
    let heldOut = Points(table, rows: setAside, withNoise: false, faults: faults)
    guard let points, let heldOut else { return nil }
    self.init(
      points: points, heldOut: heldOut.count == 0 ? .none : .points(heldOut),
      reading: table.reading)
  }
}

extension Points {
  /// Some rows of a table; their faults are noted by line.
  fileprivate init?(_ table: PointTable, rows: [Int], withNoise: Bool, faults: Faults) {
    let given: [(column: String, values: [Double]?, make: ([Double]) -> Noise)] =
      withNoise
      ? [
        ("sigma", table.sigma, Noise.standardErrors), ("weight", table.weights, Noise.weights),
        ("trials", table.trials, Noise.trials),
      ] : []
    let known = given.filter { $0.values != nil }
    if known.count > 1 {
      let names = known.map { "`\($0.column)`" }.joined(separator: " and ")
      faults.note(
        .line(1, column: nil), "has the columns \(names): at most one of them can be used")
      return nil
    }
    let noise = known.first.flatMap { noise in
      noise.values.map { values in noise.make(rows.map { values[$0] }) }
    }
    self.init(
      x: rows.map { table.x[$0] }, y: rows.map { table.y[$0] }, noise: noise ?? .unknown,
      faults: faults
    ) { fault in
      switch fault {
      case .x(let index, _): table.place(ofRow: rows[index], column: "x")
      case .y(let index, _), .notAProportion(let index, _):
        table.place(ofRow: rows[index], column: "y")
      case .noise(let index, _):
        table.place(ofRow: rows[index], column: known.first?.column)
      case .lengthMismatch, .tooWide: .line(1, column: nil)
      }
    }
  }
}
