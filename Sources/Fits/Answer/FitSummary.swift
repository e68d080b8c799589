import Foundation
import ScalingLaws

extension FitReport {
  /// The answer in a few sentences: the law, the forecast, and the most serious of the notices.
  func summary(cautioningBy notices: [Notice]) -> String {
    var sentences: [String?] = [lawSentence, forecastSentence, differenceSentence]
    sentences += solved.prefix(3).map { $0.sentence }
    sentences += [heldOut?.sentence, Self.caution(notices)]
    return sentences.compactMap { $0 }.joined(separator: " ")
  }

  private var lawSentence: String {
    switch breaks.count {
    case 0:
      let slope = model.law.slope(afterBreaks: 0).rounded(3)
      return "No break: one power law with slope \(slope)\(limitPhrase)."
    case 1:
      let b = breaks[0]
      var sentence = "One break at about \(b.location)"
      if let starts = b.starts, let ends = b.ends {
        sentence +=
          " (bend from \(starts.rounded(3)) to \(ends.rounded(3)))"
      }
      let before = b.slopeBefore.rounded(3)
      return sentence + ": slope \(before) before, \(b.slopeAfter.rounded(3)) after."
    default:
      let places = breaks.map(\.location).listed
      let slopes = segments.map { $0.slopeReached.rounded(3) }.joined(separator: ", ")
      return "\(breaks.count.inWords) breaks at about \(places): slopes \(slopes)."
    }
  }

  private var limitPhrase: String {
    switch limit.value {
    case .finite where !isLimitIdentified:
      "; the data do not determine its limit"
    case .finite(let value): " towards a limit of \(value.rounded(3))"
    case .unbounded(let above): above ? ", still rising" : ", still falling"
    }
  }

  private var isLimitIdentified: Bool {
    !warnings.contains { if case .limitNotIdentified = $0 { true } else { false } }
  }

  /// The prediction that lies farthest beyond the data, or the last one.
  private var farthest: Prediction? {
    predictions.max { $0.decadesBeyond < $1.decadesBeyond }
  }

  private var forecastSentence: String? {
    guard let prediction = farthest else { return nil }
    let place = "at \(prediction.x.rounded(4))"
    guard let y = prediction.y else {
      return "The forecast \(place) is too large for a double."
    }
    guard let lower = prediction.lower, let upper = prediction.upper else {
      return "Forecast \(y.rounded(3)) \(place)."
    }
    let range = "\(lower.rounded(3)) to \(upper.rounded(3))"
    return "Forecast \(y.rounded(3)) (\(range)) \(place)."
  }

  private var differenceSentence: String? {
    guard forecast.kind == .combined, let prediction = farthest, let y = prediction.y else {
      return nil
    }
    let count = forecast.members.count
    let average = "It averages \(count) \(count == 1 ? "law" : "laws")"
    guard let yLaw = prediction.yLaw else { return average + "." }
    // A difference of at most 1 % counts as agreement.
    if abs(y - yLaw) <= 0.01 * abs(y) { return average + " and agrees with the reported one." }
    return average + "; the reported law alone gives \(yLaw.rounded(3)) there."
  }

  private static func caution(_ notices: [Notice]) -> String? {
    if let fatal = notices.first(where: { $0.severity == .error }) {
      return "Do not rely on this: \(fatal.detail.sentence)"
    }
    let grave = notices.filter { $0.severity == .warning }
    guard let first = grave.first else { return nil }
    let others =
      switch grave.count - 1 {
      case 0: ""
      case 1: " (and one more warning)"
      default: " (and \(grave.count - 1) more warnings)"
      }
    return "Caution\(others): \(first.detail.sentence)"
  }
}

extension SolvedTarget {
  fileprivate var sentence: String {
    guard let x else { return "No x for \(y.rounded(3)): \(reason ?? "")".sentence }
    guard let lower, let upper else { return "It is \(y.rounded(3)) at \(x.rounded(3))." }
    return "It is \(y.rounded(3)) at \(x.rounded(3)) (\(lower.rounded(3)) to \(upper.rounded(3)))."
  }
}

extension HeldOutScore {
  fileprivate var sentence: String {
    let points = count == 1 ? "point" : "points"
    let error = rmsle.map { ": RMSLE \($0.rmsle.rounded(3))" } ?? ""
    let inside = insideInterval.map { ", \($0) of \(count) inside the interval" } ?? ""
    return "\(count) \(points) held out\(error)\(inside)."
  }
}

extension BreakReport {
  fileprivate var location: String {
    x.map { $0.rounded(3) } ?? "10^\(log10X.rounded(3))"
  }
}

extension Int {
  fileprivate var inWords: String {
    switch self {
    case 2: "Two"
    case 3: "Three"
    case 4: "Four"
    case 5: "Five"
    default: String(self)
    }
  }
}

extension [String] {
  /// "a, b and c".
  fileprivate var listed: String {
    guard count > 1, let last else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " and " + last
  }
}

extension String {
  /// The text with a full stop at its end.
  fileprivate var sentence: String { hasSuffix(".") ? self : self + "." }
}
