import Foundation
import ScalingLaws

// How each part of a report is written in JSON; the names are those of openapi.yaml.

extension ConstantEstimate: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("value", value)
      $0.member("log10", ifPresent: log10)
      $0.member("se", standardError)
      $0.member("lower", lower)
      $0.member("upper", upper)
      if isFixed { $0.member("fixed", true) }
      if isAtBound { $0.member("at_bound", true) }
    }
  }
}

extension FittedLaw.Correlation: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("order", order.map(\.description))
      $0.member("matrix", matrix)
    }
  }
}

extension Forecast.Member: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("breaks", breakCount)
      $0.member("prior", hasPrior)
      $0.member("weight", weight)
      $0.member("constants") { $0.object(law.writeConstants) }
    }
  }
}

extension Prediction: JSONWritable {
  func write(to json: inout JSONWriter) { json.object(writeMembers) }

  func writeMembers(to json: inout JSONWriter) {
    json.member("x", x)
    json.member("y", y)
    json.member("y_law", yLaw)
    json.member("lower", lower)
    json.member("upper", upper)
    json.member("mean_lower", meanLower)
    json.member("mean_upper", meanUpper)
    json.member("extrapolated", isExtrapolated)
    json.member("decades_beyond", decadesBeyond)
  }
}

extension BreakReport: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("index", index)
      $0.member("x", x)
      $0.member("log10_x", log10X)
      $0.member("lower", lower)
      $0.member("upper", upper)
      $0.member("y", y)
      $0.member("starts", starts)
      $0.member("ends", ends)
      $0.member("slope_before", slopeBefore)
      $0.member("slope_after", slopeAfter)
      $0.member("sharpness", sharpness.rawValue)
      $0.member("points_before", pointsBefore)
      $0.member("points_after", pointsAfter)
      $0.member("where", place.name)
      $0.member("detectable_from", detectableFrom)
    }
  }
}

extension BreakReport.Place {
  var name: String {
    switch self {
    case .inData: "in_data"
    case .beforeData: "before_data"
    case .beyondData: "beyond_data"
    }
  }
}

extension Segment: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("index", index)
      $0.member("from", from)
      $0.member("to", to)
      $0.member("exponent", exponent)
      $0.member("slope_reached", slopeReached)
      $0.member("coefficient", WideNumber(coefficient, log10: log10Coefficient))
      $0.member("largest_gap", largestGap)
    }
  }
}

extension LimitReport: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      switch value {
      case .finite(let value): $0.member("x_to_infinity", value)
      case .unbounded(let above):
        $0.member("x_to_infinity", Double?.none)
        $0.member("unbounded", above ? "above" : "below")
      }
      $0.member("lower", lower)
      $0.member("upper", upper)
    }
  }
}

extension SelectionReport: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("method", method.name)
      $0.member("chosen", chosen)
      $0.member("effective_points", effectiveCount)
      $0.member("candidates", candidates)
    }
  }
}

extension SelectionReport.Method {
  fileprivate var name: String {
    switch self {
    case .aicc: "aicc"
    case .holdOut: "holdout"
    case .given: "given"
    }
  }
}

extension SelectionReport.Candidate: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("breaks", breaks)
      $0.member("sum_of_squares", sumOfSquares)
      $0.member("aicc", aicc)
      $0.member("validation_error", validationError)
    }
  }
}

extension CropReport: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("from", from)
      $0.member("candidates", candidates)
    }
  }
}

extension CropReport.Candidate: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("from", from)
      $0.member("points", count)
      $0.member("breaks", breaks)
      $0.member("validation_error", validationError)
    }
  }
}

// The parts of a report about the curve as a whole, in JSON; the names are those of openapi.yaml.

extension ShapeReport: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("label", label.rawValue)
      json.member("in_data", inData.rawValue)
      json.member("monotone", isMonotone)
      json.member("turning_points", turningPoints)
      json.member("inflections", inflections)
      json.member("trend", trend)
      json.member("evidence") { json in
        json.object { $0.member("without_largest_point", withoutLargestPoint?.rawValue) }
      }
      json.member("returns_to_start", ifPresent: returnsToStart)
      json.member("better_than_random", ifPresent: betterThanRandom)
    }
  }
}

extension ShapeReport.TurningPoint: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("x", x)
      $0.member("log10_x", log10X)
      $0.member("y", y)
      $0.member("kind", isMinimum ? "minimum" : "maximum")
      $0.member("where", isInData ? "in_data" : "extrapolated")
      $0.member("decades_beyond", decadesBeyond)
      $0.member("points_beyond", pointsBeyond)
      $0.member("depth", depth)
      $0.member("depth_in_deviations", depthInDeviations)
    }
  }
}

extension ShapeReport.Inflection: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("x", x)
      $0.member("log10_x", log10X)
      $0.member("axes", axes.rawValue)
      $0.member("where", isInData ? "in_data" : "extrapolated")
    }
  }
}

extension ShapeReport.Trend: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("slope_per_decade", slopePerDecade)
      $0.member("p", p)
      $0.member("p_no_change", pNoChange)
    }
  }
}

extension Predictability: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("next_break_invisible_beyond") { json in
        json.object { json in
          json.member("x", nextBreakInvisibleBeyond)
          json.member("for") { json in
            json.object {
              $0.member("c", assumedExponentChange)
              $0.member("f", assumedWidth)
            }
          }
        }
      }
    }
  }
}

extension SolvedTarget: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("y", y)
      $0.member("x", x)
      $0.member("lower", lower)
      $0.member("upper", upper)
      $0.member("extrapolated", isExtrapolated)
      $0.member("reason", ifPresent: reason)
    }
  }
}

extension MeasureNext: JSONWritable {
  func write(to json: inout JSONWriter) {
    let share = (shrinkage * 1_000).rounded() / 10
    let place = forecastAt.jsonText
    json.object {
      $0.member("x", x)
      $0.member(
        "why", "it would shrink the standard error of the law at \(place) by \(share.jsonText) %")
      $0.member("forecast_at", forecastAt)
      $0.member("shrinkage", shrinkage)
    }
  }
}

// The ranking of the law and the forms fitted beside it; the names are those of openapi.yaml.

extension Comparison: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.array { json in
      for entry in entries { json.value(entry) }
    }
  }
}

extension Comparison.Entry: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("form", form?.rawValue ?? "bnsl")
      json.member("held_out_rmsle", heldOut?.rmsle)
      json.member("rsle", heldOut?.rsle)
      json.member("fit_rmsle", fit?.rmsle)
      json.member("fit_rsle", fit?.rsle)
      guard let form else { return }
      json.member("equation", form.equation)
      if let fitted {
        json.member("constants") { $0.object(fitted.writeConstants) }
      } else {
        json.member(
          "reason", "it needs \(form.constantCount) distinct x with every y above 0")
      }
    }
  }
}

extension ComparisonForm {
  /// The form as a formula of its own constants.
  fileprivate var equation: String {
    switch self {
    case .m1: "y = beta*x^c"
    case .m2: "y = eps + beta*x^c"
    case .m3: "y = beta*(1/x + gamma)^(-c)"
    case .m3Floor: "y = eps + beta*(1/x + gamma)^(-c)"
    case .m4: "(y - eps)/(eps0 - y)^alpha = beta*x^c"
    }
  }
}

extension FittedForm {
  /// The constants that the form has; beta also as a logarithm, since it may exceed any double.
  fileprivate func writeConstants(to json: inout JSONWriter) {
    json.member("beta", WideNumber(sign: 1, ln: logCoefficient))
    json.member("c", WideNumber(exponent))
    if form.hasLimit { json.member("eps", WideNumber(limit)) }
    if form.hasOffset { json.member("gamma", WideNumber(offset)) }
    if let saturation {
      json.member("eps0", WideNumber(saturation.ceiling))
      json.member("alpha", WideNumber(saturation.strength))
    }
  }
}
