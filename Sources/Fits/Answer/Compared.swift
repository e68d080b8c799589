import ScalingLaws

/// The comparison of several curves with one of them, the baseline.
struct Compared: JSONWritable {
  struct Fit: Sendable {
    let request: FitRequest
    let report: FitReport
  }

  /// One curve of the request.
  struct Curve: Sendable {
    let name: String
    /// Nil for a curve that could not be fitted.
    let fit: Fit?
    /// Why there is no fit, in a sentence.
    let problem: String?
  }

  private let curves: [Curve]
  /// The index of the baseline.
  private let first: Int
  /// The compared x, in the direction of progress: those that were asked of all curves, or else 2
  /// and 10 times beyond the last x of any.
  private let xs: [Double]
  /// The comparison of each curve with the baseline; nil for the baseline, and without a fit.
  private let comparisons: [Result<CurveComparison, Refusal>?]

  /// Why there is no comparison.
  private struct Refusal: Error { let reason: String }

  /// Compares at least one curve, concurrently as far as the execution allows. Incomplete when it
  /// is cancelled.
  init(_ curves: [Curve], execution: Execution) {
    let fits = curves.compactMap(\.fit)
    let name = fits.lazy.compactMap(\.request.baseline).first
    let first = name.flatMap { name in curves.firstIndex { $0.name == name } } ?? 0
    let xs = Self.places(of: fits)
    let seed = fits.first?.request.options.seed ?? 0
    comparisons = execution.map(curves.count) { index -> Result<CurveComparison, Refusal>? in
      guard index != first, !execution.isCancelled(), let report = curves[index].fit?.report
      else { return nil }
      guard let other = curves[first].fit?.report else {
        return .failure(Refusal(reason: "the baseline could not be fitted"))
      }
      do throws(CurveComparison.Obstacle) {
        return .success(try CurveComparison(of: report, with: other, at: xs, seed: seed))
      } catch {
        return .failure(Refusal(reason: error.reason))
      }
    }
    (self.curves, self.first, self.xs) = (curves, first, xs)
  }

  private static func places(of fits: [Fit]) -> [Double] {
    let isDecreasing = fits.first?.request.options.progress == .decreasing
    let asked = fits.map { Set($0.request.options.predictions ?? []) }
    var xs = asked.dropFirst().reduce(asked.first ?? []) { $0.intersection($1) }
    if xs.isEmpty {
      let data = fits.map(\.report.data)
      let last = isDecreasing ? data.map(\.xMin).min() : data.map(\.xMax).max()
      xs = Set(
        [2, 10].compactMap { factor in last.map { isDecreasing ? $0 / factor : $0 * factor } })
    }
    return xs.filter { $0 > 0 && $0.isFinite }.sorted { isDecreasing ? $0 > $1 : $0 < $1 }
  }

  private var baseline: String { curves[first].name }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("baseline", baseline)
      json.member("x", xs)
      json.member("curves") { json in
        json.array { json in
          for (curve, comparison) in zip(curves, comparisons) {
            json.object { write(curve, comparison, to: &$0) }
          }
        }
      }
    }
  }

  private func write(
    _ curve: Curve, _ comparison: Result<CurveComparison, Refusal>?, to json: inout JSONWriter
  ) {
    json.member("name", curve.name)
    guard let report = curve.fit?.report else { return json.member("error", curve.problem) }
    write(report, to: &json)
    if let comparison { write(comparison, of: curve.name, to: &json) }
  }

  private func write(_ report: FitReport, to json: inout JSONWriter) {
    let forecast = xs.last.flatMap { report.forecast(at: $0) }
    json.member("breaks", report.breaks.count)
    json.member("last_slope", report.model.law.slope(afterBreaks: report.breaks.count))
    if case .finite(let limit) = report.limit.value {
      json.member("limit", limit)
    } else {
      json.member("limit", Double?.none)
    }
    json.member("shape", report.shape.label.rawValue)
    json.member("rmsle", report.model.quality.rmsle?.rmsle)
    json.member("held_out_rmsle", ifPresent: report.heldOut?.rmsle?.rmsle)
    json.member("y", forecast?.y)
    json.member("lower", forecast?.lower)
    json.member("upper", forecast?.upper)
  }

  // MARK: Beside the baseline

  private func write(
    _ comparison: Result<CurveComparison, Refusal>, of name: String, to json: inout JSONWriter
  ) {
    var reasons: [(member: String, reason: String)] = []
    switch comparison {
    case .success(let comparison):
      json.member("difference", comparison.differences)
      json.member("crossing", comparison.crossing)
      json.member("multiplier", comparison.multipliers)
      json.member("slope_difference", comparison.slopeDifference)
      json.member("summary", comparison.sentence(name, baseline))
      if comparison.crossing == nil {
        let (from, to) = (comparison.range.lowerBound, comparison.range.upperBound)
        reasons.append(
          ("crossing", "the forecasts do not cross from \(from.rounded(3)) to \(to.rounded(3))"))
      }
      if let reason = comparison.reasonWithoutIntervals { reasons.append(("intervals", reason)) }
    case .failure(let refusal):
      for member in ["difference", "crossing", "multiplier", "slope_difference"] {
        json.member(member, Double?.none)
        reasons.append((member, refusal.reason))
      }
    }
    guard !reasons.isEmpty else { return }
    json.member("why") { json in
      json.object { json in for reason in reasons { json.member(reason.member, reason.reason) } }
    }
  }
}

extension CurveComparison.Obstacle {
  fileprivate var reason: String {
    switch self {
    case .otherDirection: "the baseline has another `direction`"
    case .otherProgress: "the baseline has another `x_direction`"
    case .noForecast: "there is no forecast"
    }
  }
}

// MARK: JSON

extension CurveComparison.Difference: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("x", x)
      $0.member("value", value)
      $0.member("lower", lower)
      $0.member("upper", upper)
      $0.member("ratio", ratio)
      $0.member("ratio_lower", ratioLower)
      $0.member("ratio_upper", ratioUpper)
      $0.member("p_better", probabilityBetter)
    }
  }
}

extension CurveComparison.Crossing: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("x", x)
      $0.member("lower", lower)
      $0.member("upper", upper)
      $0.member("where", place.name)
      $0.member("decades_beyond", decadesBeyond)
      $0.member("better_beyond", isBetterBeyond)
    }
  }
}

extension CurveComparison.Multiplier: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("x", x)
      $0.member("value", value)
      $0.member("lower", lower)
      $0.member("upper", upper)
      $0.member("why", ifPresent: reason)
    }
  }
}

extension CurveComparison.SlopeDifference: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("value", value)
      $0.member("lower", lower)
      $0.member("upper", upper)
    }
  }
}

// MARK: In words

extension CurveComparison {
  /// Which curve is better, from where on, how surely, and by how much.
  func sentence(_ name: String, _ baseline: String) -> String? {
    guard let farthest = differences.last, let value = farthest.value else { return nil }
    let place = "at \(farthest.x.rounded(4))"
    if value == 0 { return "\(name) and \(baseline) are equal \(place)." }
    guard let isBetter = crossing?.isBetterBeyond ?? farthest.isBetter else { return nil }
    let (winner, loser) = isBetter ? (name, baseline) : (baseline, name)
    var sentence = "\(winner) is better than \(loser) "
    if let crossing {
      sentence += "beyond \(crossing.x.rounded(2))"
      sentence += crossing.lower.range(to: crossing.upper)
    } else {
      sentence += "from \(range.lowerBound.rounded(2)) to \(range.upperBound.rounded(2))"
    }
    if let probability = farthest.probabilityBetter {
      let share = isBetter ? probability : 1 - probability
      sentence += "; \(place) with probability \(share.asProbability)"
    }
    if let multiplier = multipliers.last {
      if let value = multiplier.value {
        sentence += "; \(baseline) needs \(value.rounded(2))"
        sentence += multiplier.lower.range(to: multiplier.upper)
        sentence += " times the x of \(name) for the same y"
      } else if let reason = multiplier.reason {
        sentence += "; \(reason)"
      }
    }
    return sentence + "."
  }
}

extension Double? {
  /// " (2 to 3)", or what is known of it.
  fileprivate func range(to upper: Double?) -> String {
    switch (self, upper) {
    case (let lower?, let upper?): " (\(lower.rounded(2)) to \(upper.rounded(2)))"
    case (let lower?, nil): " (at least \(lower.rounded(2)))"
    case (nil, let upper?): " (at most \(upper.rounded(2)))"
    case (nil, nil): ""
    }
  }
}

extension Double {
  /// Two digits, never certainty.
  fileprivate var asProbability: String {
    self > 0.99 ? "above .99" : self < 0.01 ? "below .01" : rounded(2)
  }
}
