import ScalingLaws

// What a report says of the curve as a whole, in JSON; the names are those of openapi.yaml.

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
              $0.member("f", assumedSharpness)
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
