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
  fileprivate var name: String {
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
