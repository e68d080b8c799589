import ScalingLaws

/// The stored answer to a task: the part that depends on the points and options only.
///
/// Holds samples of each curve too, from which it can be drawn without a fit.
package struct StoredAnswer: Equatable {
  package struct Curve: Equatable {
    /// The bytes of a `FitAnswer`; for a curve that failed, its name and its problem.
    package var answer: [UInt8]
    /// The bytes of `CurveSamples`; nil for a curve that failed.
    package var samples: [UInt8]?
  }

  /// The only curve, or those of a list.
  package var curves: [Curve]
  /// The bytes of `Compared`, in an answer that is a list.
  package var compared: [UInt8]?

  var isList: Bool { compared != nil }

  /// The approximate number of bytes.
  package var size: Int { curves.reduce(0) { $0 + $1.answer.count + ($1.samples?.count ?? 0) } }

  /// One JSON value on each line: `compared` of a list, then answer and samples of each curve.
  package var bytes: [UInt8] {
    let lines = (compared.map { [$0] } ?? []) + curves.flatMap { [$0.answer, $0.samples ?? []] }
    return Array(lines.joined(separator: CollectionOfOne(UInt8(ascii: "\n"))))
  }
}

extension StoredAnswer {
  /// Reads what `bytes` returned.
  package init(bytes: [UInt8]) {
    var lines = bytes.lines[...]
    compared = lines.count.isMultiple(of: 2) ? nil : lines.removeFirst()
    curves = []
    while let answer = lines.popFirst(), let samples = lines.popFirst() {
      curves.append(Curve(answer: answer, samples: samples.isEmpty ? nil : samples))
    }
  }
}

extension StoredAnswer.Curve {
  /// A curve that failed, with the bytes of its problem.
  init(name: String?, problem: [UInt8]) {
    var json = JSONWriter()
    json.object {
      $0.member("name", ifPresent: name)
      $0.member("error") { $0.raw(problem) }
    }
    self.init(answer: json.bytes, samples: nil)
  }

  /// Why the curve failed, in a sentence; nil when it did not.
  var problem: String? {
    samples == nil
      ? (try? JSONDocument(stored: answer))?.root["error"]?["detail"]?.string : nil
  }
}

/// The forecast along a curve, in columns.
struct CurveSamples: JSONWritable {
  let samples: [Prediction]

  init(_ samples: [Prediction]) { self.samples = samples }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("x", samples.map(\.x))
      $0.member("y", samples.map(\.y))
      $0.member("y_law", samples.map(\.yLaw))
      $0.member("lower", samples.map(\.lower))
      $0.member("upper", samples.map(\.upper))
    }
  }
}
