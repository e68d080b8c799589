import ScalingLaws

/// The points of a request: those to fit, and those that a table marks as held out.
struct Measurements {
  var points: Points
  var heldOut = FitOptions.HeldOut.none
  /// How the table was read; nil for points in JSON.
  var reading: TableReading?
}

extension Points {
  /// Checks points and notes their faults; `place` returns the place of a fault in the request.
  init?(
    x: [Double], y: [Double], noise: Noise = .unknown, faults: Faults,
    place: (PointsError.Fault) -> Fault.Place
  ) {
    do throws(PointsError) {
      try self.init(x: x, y: y, noise: noise)
    } catch {
      for fault in error.faults { faults.note(place(fault), fault.reason) }
      return nil
    }
  }
}

/// The members of a request that hold points.
struct MeasurementFields {
  private let x: JSONField?
  private let y: JSONField?
  private let pairs: JSONField?
  private let sigma: JSONField?
  private let weights: JSONField?
  private let trials: JSONField?
  /// Whether invalid points are left out instead of refused.
  private let dropsInvalid: Bool
  private let root: JSONField

  /// The members that curves cannot share.
  static let pointNames = ["x", "y", "points", "sigma", "weights", "trials"]

  /// Asks for all members, since members that are not asked for are refused as unknown.
  init(_ fields: JSONFields, of root: JSONField) {
    self.root = root
    x = fields["x"]
    y = fields["y"]
    pairs = fields["points"]
    sigma = fields["sigma"]
    weights = fields["weights"]
    trials = fields["trials"]
    dropsInvalid = fields["invalid"]?.oneOf(InvalidPoints.self) == .drop
  }

  /// What happens to invalid points.
  private enum InvalidPoints: String, CaseIterable {
    case refuse, drop
  }

  /// The measurements of a JSON body; nil when it has faults, which are then noted.
  func measurements(atMost limit: Int) -> Measurements? {
    if dropsInvalid { return keptMeasurements(atMost: limit) }
    return points(atMost: limit).map { Measurements(points: $0) }
  }

  /// Refuses points in the query of a table.
  func refuseAll() {
    for field in [x, y, pairs, sigma, weights, trials] {
      field?.refuse("is in the query, but the points are in the table")
    }
  }

  /// The measurements without points at x = 0 and points that lack a number.
  private func keptMeasurements(atMost limit: Int) -> Measurements? {
    var columns: [(name: String, values: [Double])] = []
    if let pairs {
      guard let rows = pairs.elements(atMost: limit) else { return nil }
      let cells = rows.map { $0.numbersOrMissing(atMost: 2) ?? [] }
      columns = [
        ("x", cells.map { $0.first ?? .nan }), ("y", cells.map { $0.count == 2 ? $0[1] : .nan }),
      ]
    }
    for (name, field) in [
      ("x", x), ("y", y), ("sigma", sigma), ("weight", weights), ("trials", trials),
    ] {
      guard let values = field?.numbersOrMissing(atMost: limit) else { continue }
      columns.append((name, values))
    }
    guard let count = columns.first?.values.count, columns.allSatisfy({ $0.values.count == count })
    else {
      root.refuse("has arrays of different lengths: every point needs a number in each")
      return nil
    }
    let before = root.faults.count
    var table = Table(names: columns.map(\.name), origin: .columns(root.pointer))
    for row in 0..<count {
      table.append(row: row) { column in
        let value = columns[column].values[row]
        return value.isNaN ? .missing : .number(value)
      } text: { _ in
        ""
      }
    }
    let points = PointTable(table, options: [:], faults: root.faults)
    guard root.faults.count == before else { return nil }
    return Measurements(points, rows: Array(0..<points.count), faults: root.faults)
  }

  // MARK: Points

  private func points(atMost limit: Int) -> Points? {
    let noise = noise(atMost: limit)
    if let pairs {
      for field in [x, y] {
        field?.refuse("is given beside `points`: give either `points`, or `x` and `y`")
      }
      guard let columns = pairs.columns(2, atMost: limit), let noise else { return nil }
      return points(
        columns[0], columns[1], noise,
        x: { pairs.pointer.appending($0).appending(0) },
        y: { pairs.pointer.appending($0).appending(1) })
    }
    if x == nil, y == nil {
      root.refuse("has no points: give `x` and `y`, or `points`")
    } else {
      if x == nil { root.faults.note(at: root.pointer.appending("x"), "is missing") }
      if y == nil { root.faults.note(at: root.pointer.appending("y"), "is missing") }
    }
    let xs = x?.numbers(.scale, atMost: limit)
    let ys = y?.numbers(atMost: limit)
    guard let x, let y, let xs, let ys, let noise else { return nil }
    return points(xs, ys, noise, x: x.pointer.appending, y: y.pointer.appending)
  }

  private func points(
    _ xs: [Double], _ ys: [Double], _ noise: (field: JSONField?, values: Noise),
    x: (Int) -> JSONPointer, y: (Int) -> JSONPointer
  ) -> Points? {
    Points(x: xs, y: ys, noise: noise.values, faults: root.faults) { fault in
      switch fault {
      case .x(let index, _): .pointer(x(index))
      case .y(let index, _), .notAProportion(let index, _): .pointer(y(index))
      case .noise(let index, _): .pointer((noise.field ?? root).pointer.appending(index))
      case .lengthMismatch(.noise, _, _): .pointer((noise.field ?? root).pointer)
      case .lengthMismatch, .tooWide: .pointer((self.y ?? pairs ?? root).pointer)
      }
    }
  }

  /// The noise, and the member that gives it; nil when it has faults.
  private func noise(atMost limit: Int) -> (field: JSONField?, values: Noise)? {
    let given = [
      sigma.map { ($0, Noise.standardErrors) }, weights.map { ($0, Noise.weights) },
      trials.map { ($0, Noise.trials) },
    ].compactMap { $0 }
    guard let (field, make) = given.first else { return (nil, .unknown) }
    for (other, _) in given.dropFirst() {
      other.refuse("give at most one of `sigma`, `weights` and `trials`")
    }
    return field.numbers(.positive, atMost: limit).map { (field, make($0)) }
  }
}
