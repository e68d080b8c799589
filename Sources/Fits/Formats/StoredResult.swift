package import Plots

/// A stored answer and its task, from which every form of the result is made without a fit.
package struct StoredResult {
  package let answer: StoredAnswer
  /// Nil when the form does not need it.
  package var task: StoredTask?

  package init(answer: StoredAnswer, task: StoredTask? = nil) {
    self.answer = answer
    self.task = task
  }

  /// Whether a form of the result is made from the task too.
  package static func needsTask(_ format: ResultFormat) -> Bool {
    switch format {
    case .json(let points, _): points
    case .csv: false
    case .svg, .text: true
    }
  }

  /// The result in a form; in JSON without the members of the job.
  package func bytes(_ format: ResultFormat) -> [UInt8] {
    switch format {
    case .json(let points, let curve):
      var json = JSONWriter()
      json.object { writeMembers(points: points, curve: curve, to: &$0) }
      return json.bytes
    case .csv: return csv
    case .svg(let axes): return Array(Chart(curves).svg(axes: axes).utf8)
    case .text: return Array(text.utf8)
    }
  }

  /// Writes the members of the answer, without those of the job.
  package func writeMembers(points: Bool, curve: Bool, to json: inout JSONWriter) {
    let curves = answer.curves.enumerated().map { index, stored in
      stored.json(
        points: points ? task?.points(ofCurve: index) : nil, curve: curve ? stored.samples : nil)
    }
    guard let compared = answer.compared else {
      return json.rawMembers(of: curves.first ?? [])
    }
    json.member("curves") { json in
      json.array { json in for curve in curves { json.raw(curve) } }
    }
    json.member("compared") { $0.raw(compared) }
  }
}

extension StoredTask {
  /// The points of a curve in canonical form, an object; nil for a curve that was refused.
  func points(ofCurve index: Int) -> [UInt8]? {
    guard curves.indices.contains(index) else { return nil }
    return (try? curves[index].request.get())?.points
  }
}

extension StoredAnswer.Curve {
  /// The answer, with the points at the end of its last member, `request`, and with its samples.
  fileprivate func json(points: [UInt8]?, curve: [UInt8]?) -> [UInt8] {
    var json = answer
    guard samples != nil else { return json }
    if let points {
      json = json.dropLast(2) + [UInt8(ascii: ",")] + points.dropFirst() + json.suffix(1)
    }
    if let curve { json = json.dropLast() + Array(#","curve":"#.utf8) + curve + json.suffix(1) }
    return json
  }
}

// MARK: Read back

/// One curve of a stored result, decoded for the forms other than JSON.
struct ReadCurve {
  let name: String?
  /// The answer as it stands in JSON.
  let answer: JSONValue
  /// The columns of `CurveSamples`.
  let samples: JSONValue
  /// The canonical points.
  let points: JSONValue

  subscript(path: String...) -> JSONValue? {
    path.reduce(Optional(answer)) { $0?[$1] }
  }

  /// Why there is no result; nil when there is one.
  var problem: String? { answer["error"]?["detail"]?.string }

  /// The objects of a list in the answer.
  func list(_ name: String) -> [JSONValue] { answer[name]?.elements ?? [] }

  func label(_ name: String) -> String? { self["request", "labels", name]?.string }
}

extension StoredResult {
  /// The curves; each access decodes them again.
  var curves: [ReadCurve] {
    answer.curves.enumerated().map { index, curve in
      let points = task?.points(ofCurve: index) ?? []
      let answer = Self.read(curve.answer)
      return ReadCurve(
        name: answer["name"]?.string, answer: answer, samples: Self.read(curve.samples ?? []),
        points: Self.read(points))
    }
  }

  private static func read(_ bytes: [UInt8]) -> JSONValue {
    (try? JSONDocument(stored: bytes).root) ?? .null
  }
}

/// A form of a result.
package enum ResultFormat: Sendable, Hashable {
  /// The whole answer; `points` and `curve` add members that are left out by default.
  case json(points: Bool, curve: Bool)
  /// One row for each prediction.
  case csv
  /// A plot.
  case svg(Chart.Axes)
  /// Words, tables and a small plot for a terminal.
  case text

  package var mediaType: String {
    switch self {
    case .json: "application/json"
    case .csv: "text/csv; charset=utf-8"
    case .svg: "image/svg+xml"
    case .text: "text/plain; charset=utf-8"
    }
  }

  /// Names this form in the entity tag of a result.
  package var tag: String {
    switch self {
    case .json(let points, let curve):
      "json" + (points ? "-points" : "") + (curve ? "-curve" : "")
    case .csv: "csv"
    case .svg(let axes): "svg-\(axes.rawValue)"
    case .text: "text"
    }
  }
}

extension ResultFormat {
  /// The options of a query that choose the form of the answer.
  package static let options = ["include", "format", "axes"]
}

extension StoredResult {
  /// The predictions as CSV (RFC 4180), one row each; a failed curve has a row with its `error`.
  var csv: [UInt8] {
    var text = "curve,x,y,lower,upper,y_law,extrapolated,error\r\n"
    for curve in curves {
      let name = (curve.name ?? curve.label("series") ?? "").quotedCell
      for prediction in curve.list("predictions") {
        let numbers = ["x", "y", "lower", "upper", "y_law"].map {
          prediction[$0]?.double?.jsonText ?? ""
        }
        let isExtrapolated = prediction["extrapolated"] == .bool(true)
        text += ([name] + numbers + [isExtrapolated ? "1" : "0", ""]).joined(separator: ",")
        text += "\r\n"
      }
      if let problem = curve.problem { text += "\(name),,,,,,,\(problem.quotedCell)\r\n" }
    }
    return Array(text.utf8)
  }
}

extension String {
  /// The text as a cell of CSV (RFC 4180 section 2).
  public var quotedCell: String {
    guard utf8.contains(where: { [0x2C, 0x22, 0x0A, 0x0D].contains($0) }) else { return self }
    return "\"" + replacing("\"", with: "\"\"") + "\""
  }
}
