/// What a table holds and how its columns are read, without a fit: the answer of `POST /read`.
package struct TablePreview: JSONWritable {
  private let table: Table
  private let points: PointTable
  private let problem: Problem?

  /// How many cells and points are shown.
  private static let shownCells = 5

  /// Reads a table; what keeps its columns from being points becomes part of the preview.
  init(_ table: Table, options: [String: String]) {
    let faults = Faults()
    self.table = table
    points = PointTable(table, options: options, faults: faults)
    problem = Problem(faults, code: faults.areAmbiguous ? .ambiguousColumns : .invalidRequest)
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("rows", table.rowCount)
      json.member("columns") { json in
        json.array { json in
          for column in table.columns { json.object { write(column, to: &$0) } }
        }
      }
      if let problem {
        json.member("error", problem)
      } else {
        json.member("read", points.reading)
        json.member("curves") { $0.array(writeCurves) }
      }
    }
  }

  private func write(_ column: Table.Column, to json: inout JSONWriter) {
    json.member("name", column.name.bounded(to: 64))
    json.member("kind", column.isNumeric ? "number" : column.isText ? "text" : "empty")
    json.member("may_be", ColumnName(column.name).candidates(isNumeric: column.isNumeric))
    json.member("first") { json in
      json.array { json in
        for row in 0..<min(Self.shownCells, table.rowCount) {
          if let text = column.text(row) {
            json.value(text.bounded(to: 64))
          } else {
            json.value(column.numbers[row].isNaN ? nil : column.numbers[row])
          }
        }
      }
    }
  }

  private func writeCurves(to json: inout JSONWriter) {
    let all = points.count == 0 ? [] : [(name: "", rows: Array(0..<points.count))]
    for (name, rows) in points.rowsByCurve ?? all {
      json.object { json in
        json.member("name", points.curves == nil ? nil : name.bounded(to: 64))
        json.member("x", rows.map { points.x[$0] })
        json.member("y", rows.map { points.y[$0] })
        if let sigma = points.sigma { json.member("sigma", rows.map { sigma[$0] }) }
      }
    }
  }
}
