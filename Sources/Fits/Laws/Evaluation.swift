import Foundation
import ScalingLaws

/// The answer of `POST /evaluate`: the values and the shape of a law with given constants.
package struct Evaluation: JSONWritable {
  let law: BrokenPowerLaw
  let x: [Double]
  var direction = FitOptions.Direction.lowerIsBetter

  /// Decodes a request; nil when it has faults, which are then noted.
  package init?(_ body: JSONField, within limits: FitRequest.Limits) {
    let decoded = body.object { fields -> Evaluation? in
      let law = fields.required("constants")?.law(breaksAtMost: limits.breaks)
      let x = fields.required("x")?.places(atMost: limits.predictions)
      let direction = fields["direction"]?.oneOf(FitOptions.Direction.self)
      guard let law, let x else { return nil }
      return Evaluation(law: law, x: x, direction: direction ?? .lowerIsBetter)
    }
    guard let decoded, body.faults.isEmpty else { return nil }
    self = decoded
  }

  private init(law: BrokenPowerLaw, x: [Double], direction: FitOptions.Direction) {
    self.law = law
    self.x = x
    self.direction = direction
  }

  package func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("equation", law.equation)
      json.member("values") { json in
        json.array { json in
          for x in x {
            json.object {
              $0.member("x", x)
              $0.member("y", law.value(at: x))
              $0.member("slope", law.slope(atLogX: log(x)))
            }
          }
        }
      }
      json.member("breaks") { $0.array(writeBreaks) }
      json.member("segments") { $0.array(writeSegments) }
      json.member("shape") { $0.object(writeShape) }
    }
  }

  private func writeBreaks(to json: inout JSONWriter) {
    for (index, b) in law.breaks.enumerated() {
      json.object {
        $0.member("index", index + 1)
        $0.member("x", b.location)
        $0.member("log10_x", b.logLocation / M_LN10)
        $0.member("y", law.value(atLogX: b.logLocation))
        $0.member("starts", exp(b.logX(atCompletion: 0.1)))
        $0.member("ends", exp(b.logX(atCompletion: 0.9)))
        $0.member("slope_before", law.slope(afterBreaks: index))
        $0.member("slope_after", law.slope(afterBreaks: index + 1))
        $0.member("sharpness", BreakReport.Sharpness(of: b).rawValue)
      }
    }
  }

  private func writeSegments(to json: inout JSONWriter) {
    for index in 0...law.breaks.count {
      json.object { json in
        json.member("index", index + 1)
        json.member("from", index > 0 ? law.breaks[index - 1].location : nil)
        json.member("to", index < law.breaks.count ? law.breaks[index].location : nil)
        json.member("exponent", law.slope(afterBreaks: index))
        json.member(
          "coefficient",
          WideNumber(sign: law.sign.rawValue, ln: law.logCoefficient(afterBreaks: index)))
      }
    }
  }

  private func writeShape(to json: inout JSONWriter) {
    let turns = law.turningPoints
    json.member("label", label(turns).rawValue)
    json.member("monotone", turns.isEmpty)
    json.member("turning_points") { json in
      json.array { json in
        for u in turns {
          json.object {
            $0.member("x", exp(u))
            $0.member("log10_x", u / M_LN10)
            $0.member("y", law.value(atLogX: u))
            $0.member("kind", law.isMinimum(turningAt: u) ? "minimum" : "maximum")
          }
        }
      }
    }
    json.member("inflections") { json in
      json.array { json in
        for axes in BrokenPowerLaw.Axes.allCases {
          for u in law.inflections(on: axes) {
            json.object {
              $0.member("x", exp(u))
              $0.member("log10_x", u / M_LN10)
              $0.member("axes", axes.rawValue)
            }
          }
        }
      }
    }
  }

  /// The course of the law over the x asked for.
  private func label(_ turns: [Double]) -> ShapeReport.Label {
    let places = x.map { log($0) }
    guard let first = places.min(), let last = places.max(), first < last else { return .plateau }
    let values = ([first] + turns.filter { first < $0 && $0 < last } + [last])
      .map { law.value(atLogX: $0) }
    let sign = direction == .higherIsBetter ? 1.0 : -1.0
    return ShapeReport.Label(
      courses: zip(values, values.dropFirst()).compactMap { from, to in
        from == to ? nil : (to - from) * sign > 0
      })
  }
}
