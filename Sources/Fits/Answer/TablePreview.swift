import ScalingLaws

/// The answer of `POST /read`: what a body contains and how it is read, without a fit.
package struct TablePreview: JSONWritable {
  /// Nil for a request in JSON.
  private var table: Table?
  private var reading: TableReading?
  fileprivate var curves: [Curve] = []
  private var problem: Problem?

  /// The points of one curve, and its held-out points.
  fileprivate struct Curve {
    var name: String?
    var x: [Double] = []
    var y: [Double] = []
    var sigma: [Double]?
    var heldOutX: [Double] = []
    var heldOutY: [Double] = []
  }

  /// How many cells are shown of each column.
  private static let shownCells = 5

  /// A table as it was read; `problem` says why its columns cannot be points.
  init(_ table: Table, _ points: PointTable, problem: Problem?) {
    self.table = table
    self.problem = problem
    guard problem == nil else { return }
    reading = points.reading
    let all = points.count == 0 ? [] : [(name: "", rows: Array(0..<points.count))]
    curves = (points.rowsByCurve ?? all).map { name, rows in
      let isHeldOut = points.isHeldOut ?? []
      let (kept, setAside) = (
        isHeldOut.isEmpty ? rows : rows.filter { !isHeldOut[$0] },
        isHeldOut.isEmpty ? [] : rows.filter { isHeldOut[$0] }
      )
      return Curve(
        name: points.curves == nil ? nil : name, x: kept.map { points.x[$0] },
        y: kept.map { points.y[$0] }, sigma: points.sigma.map { sigma in kept.map { sigma[$0] } },
        heldOutX: setAside.map { points.x[$0] }, heldOutY: setAside.map { points.y[$0] })
    }
  }

  /// A request in JSON; faulty curves are left out.
  init(_ task: FitTask) {
    switch task {
    case .curve(let request): curves = [Curve(nil, request)]
    case .curves(let named):
      curves = named.compactMap { curve in
        (try? curve.request.get()).map { Curve(curve.name, $0) }
      }
    }
  }

  /// A request in JSON that cannot be read.
  init(problem: Problem) { self.problem = problem }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("rows", table?.rowCount ?? curves.reduce(0) { $0 + $1.x.count })
      json.member("columns") { json in
        json.array { json in
          for column in table?.columns ?? [] { json.object { write(column, to: &$0) } }
        }
      }
      if let problem {
        json.member("error", problem)
      } else {
        json.member("read", ifPresent: reading)
        json.member("sentence", ifPresent: reading?.sentence)
        json.member("curves", curves)
      }
    }
  }

  private func write(_ column: Table.Column, to json: inout JSONWriter) {
    json.member("name", column.name.bounded(to: 64))
    json.member("kind", column.isNumeric ? "number" : column.isText ? "text" : "empty")
    json.member("may_be", ColumnName(column.name).candidates(isNumeric: column.isNumeric))
    json.member("first") { json in
      json.array { json in
        for row in 0..<min(Self.shownCells, column.numbers.count) {
          if let text = column.text(row) {
            json.value(text.bounded(to: 64))
          } else {
            json.value(column.numbers[row].isNaN ? nil : column.numbers[row])
          }
        }
      }
    }
  }
}

extension TablePreview.Curve {
  fileprivate init(_ name: String?, _ request: FitRequest) {
    self.init(name: name, x: request.points.x, y: request.points.y)
    if case .standardErrors(let values) = request.points.noise { sigma = values }
    switch request.options.heldOut {
    case .points(let points): (heldOutX, heldOutY) = (points.x, points.y)
    default: break
    }
  }
}

extension TablePreview.Curve: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", name?.bounded(to: 64))
      json.member("x", x)
      json.member("y", y)
      json.member("sigma", ifPresent: sigma)
      if !heldOutX.isEmpty {
        json.member("held_out") { json in
          json.object {
            $0.member("x", heldOutX)
            $0.member("y", heldOutY)
          }
        }
      }
    }
  }
}
