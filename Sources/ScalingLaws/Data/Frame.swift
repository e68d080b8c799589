import Glibc

/// The normalized coordinates of a fit.
///
/// t = ln x - t0 is centred, and v = y/scale has a size of about 1. Both are computed from ratios to
/// a point of the data, so that other units of x or y change no more than their last bit. For a
/// metric that approaches a ceiling U from below, v = (U - y)/scale is used, so that v falls. The
/// parameters of a law in these coordinates are theta = (a, beta, c0, then c, delta, ln f of each
/// break):
///
///     v = a + e^g,  g = beta - c0 t - sum_i c_i f_i sp((t - delta_i)/f_i)
struct Frame: Sendable, Hashable {
  /// How y becomes the value that is fitted.
  enum Orientation: Sendable, Hashable {
    case direct
    /// The value is the distance below this level.
    case reflected(at: Double)
  }

  let orientation: Orientation
  let objective: Objective
  /// t0, the middle of the range of ln x, so that t is small; 0 where b is constrained, since the
  /// constraint then falls on beta alone.
  let origin: Double
  /// The x to which others are compared: the first one, or 1 where the origin is 0.
  private let anchor: Double
  /// t0 - ln of it.
  private let halfRange: Double
  /// Units of y in one unit of v.
  let scale: Double

  init(points: Points, orientation: Orientation, objective: Objective.Choice, centred: Bool = true)
  {
    self.orientation = orientation
    // Sorted, so that the mean does not depend on the order of replicates, bit for bit.
    let values = points.y.map { Self.oriented($0, orientation) }.sorted()
    self.objective = objective.resolved(for: values)
    anchor = centred ? points.x.first ?? 1 : 1
    halfRange = centred ? logRatio(points.x.last ?? 1, to: anchor).roundedLogarithm / 2 : 0
    origin = log(anchor) + halfRange
    let size: Double
    if self.objective == .log, let least = values.first {
      let mean = values.reduce(0) { $0 + logRatio($1, to: least) } / Double(values.count)
      size = least * exp(mean.roundedLogarithm)
    } else {
      size = values.reduce(0) { max($0, abs($1)) }
    }
    scale = size > 0 && size.isFinite ? size : 1
  }

  private static func oriented(_ y: Double, _ orientation: Orientation) -> Double {
    switch orientation {
    case .direct: y
    case .reflected(let level): level - y
    }
  }

  /// t of an x.
  func t(_ x: Double) -> Double { logRatio(x, to: anchor) - halfRange }

  /// The units of y in one unit of `value`, for log1p, which depends on the unit.
  var unit: Double { objective == .log1p ? scale : 1 }

  /// v of a measured y.
  func value(_ y: Double) -> Double { Self.oriented(y, orientation) / scale }

  /// Whether the objective has a residual for a measured y.
  func admits(_ y: Double) -> Bool { objective.admits(value(y) * scale) }

  /// A measured y on the objective's scale.
  func transformed(_ y: Double) -> Double { objective.transform(value(y), unit: unit) }

  /// y of a number on the objective's scale.
  func y(transformed: Double) -> Double { y(objective.inverse(transformed, unit: unit)) }

  /// y of a value v.
  func y(_ value: Double) -> Double { Self.oriented(value * scale, orientation) }

  /// The law of v as a function of t with these parameters.
  static func lawInFrame(_ theta: [Double]) -> BrokenPowerLaw { law(theta, origin: 0) }

  /// The law with these parameters, in the user's units.
  func law(_ theta: [Double]) -> BrokenPowerLaw {
    restoringUnits(of: Self.law(theta, origin: origin))
  }

  /// The law of v as a function of ln x, where t is ln x less the origin.
  private static func law(_ theta: [Double], origin: Double) -> BrokenPowerLaw {
    BrokenPowerLaw(
      limit: theta[0], logCoefficient: theta[1] + theta[2] * origin, exponent: theta[2],
      breaks: stride(from: 3, to: theta.count, by: 3).map { i in
        .init(
          exponentChange: theta[i], logLocation: theta[i + 1] + origin, width: exp(theta[i + 2])
        )
      })
  }

  /// The law of y for a law of v.
  func restoringUnits(of law: BrokenPowerLaw) -> BrokenPowerLaw {
    var law = law
    law.limit *= scale
    law.logCoefficient += log(scale)
    switch orientation {
    case .direct: return law
    case .reflected(let level): return law.reflected(at: level)
    }
  }
}

/// ln(a/b) of two numbers above 0, more accurate than ln a - ln b.
private func logRatio(_ a: Double, to b: Double) -> Double {
  let ratio = a / b
  return ratio.isNormal ? log(ratio) : log(a) - log(b)
}
