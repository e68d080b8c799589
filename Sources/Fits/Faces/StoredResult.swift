import Plots

/// A stored answer together with the task that it answers: enough for every face, without a fit.
package struct StoredResult {
  package let answer: StoredAnswer
  /// Nil when only the plain answer is wanted.
  package var task: StoredTask?

  package init(answer: StoredAnswer, task: StoredTask? = nil) {
    self.answer = answer
    self.task = task
  }

  /// Whether a face needs the task beside the answer.
  package static func needsTask(_ face: Face) -> Bool {
    switch face {
    case .json(let points, _): points
    case .csv: false
    case .svg, .text: true
    }
  }

  /// The result in the form asked for; as JSON without what belongs to a job.
  package func bytes(_ face: Face) -> [UInt8] {
    switch face {
    case .json(let points, let curve):
      var json = JSONWriter()
      json.object { writeMembers(points: points, curve: curve, to: &$0) }
      return json.bytes
    case .csv: return csv
    case .svg(let axes): return Array(Chart(curves).svg(axes: axes).utf8)
    case .text: return Array(text.utf8)
    }
  }

  /// Writes the members of the answer for JSON, without what belongs to a job.
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

/// One curve of a stored result, read back for the faces that are drawn from it.
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

  /// Why there is no result, if there is none.
  var problem: String? { answer["error"]?["detail"]?.string }

  /// The objects of a list in the answer.
  func list(_ name: String) -> [JSONValue] { answer[name]?.elements ?? [] }

  func label(_ name: String) -> String? { self["request", "labels", name]?.string }
}

extension StoredResult {
  /// The curves, read anew each time.
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
