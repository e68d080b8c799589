import Glibc

/// A broken neural scaling law: a power law with any number of smooth breaks.
///
///     y = a + b x^(-c0) prod_i (1 + (x/d_i)^(1/f_i))^(-c_i f_i)        (paper section 2, equation 1)
///
/// It is always computed through logarithms. With u = ln x and sp(z) = ln(1 + e^z),
///
///     g = ln|b| - c0 u - sum_i c_i f_i sp((u - ln d_i)/f_i),    y = a + sign(b) e^g
///
/// because the direct form overflows at (x/d)^(1/f) once f < 0.01, and because b itself may exceed
/// any double. The paper's letters map to words as follows: a `limit`, b `sign` and
/// `logCoefficient`, c0 `exponent`, and for each break c `exponentChange`, d `logLocation`,
/// f `width`.
public struct BrokenPowerLaw: Sendable, Hashable {
  /// One smooth change of slope.
  public struct Break: Sendable, Hashable {
    /// c: by how much the exponent grows across the break; positive bends the curve down.
    public var exponentChange: Double
    /// ln d: where the break is centred.
    public var logLocation: Double
    /// f: the width of the bend in ln x; the smaller it is, the sharper is the bend.
    public var width: Double

    public init(exponentChange: Double, logLocation: Double, width: Double) {
      self.exponentChange = exponentChange
      self.logLocation = logLocation
      self.width = width
    }

    /// d, or infinity where it cannot be represented.
    public var location: Double { exp(logLocation) }

    /// The share of the change of slope that is done at `logX`, from 0 to 1.
    public func completion(atLogX logX: Double) -> Double {
      logistic((logX - logLocation) / width)
    }

    /// ln x at which the share `completion` of the change is done: ln d + f logit(w).
    public func logX(atCompletion completion: Double) -> Double {
      logLocation + width * (log(completion) - log1p(-completion))
    }
  }

  /// Whether the power-law part lies above the limit (b > 0) or below it (b < 0).
  public enum Sign: Double, Sendable {
    case positive = 1
    case negative = -1
  }

  /// a: the value approached as the power-law part vanishes.
  public var limit: Double
  /// The sign of b.
  public var sign: Sign
  /// ln |b|.
  public var logCoefficient: Double
  /// c0: the exponent before the first break.
  public var exponent: Double
  /// The breaks, in ascending order of location.
  public private(set) var breaks: [Break]

  /// Makes a law; the breaks may come in any order.
  public init(
    limit: Double, sign: Sign = .positive, logCoefficient: Double, exponent: Double,
    breaks: [Break] = []
  ) {
    self.limit = limit
    self.sign = sign
    self.logCoefficient = logCoefficient
    self.exponent = exponent
    self.breaks = breaks.sorted { $0.logLocation < $1.logLocation }
  }

  /// g(u) = ln |y - a| at u = ln x.
  public func logExcess(atLogX u: Double) -> Double {
    var g = logCoefficient - exponent * u
    for b in breaks {
      g -= b.exponentChange * b.width * softplus((u - b.logLocation) / b.width)
    }
    return g
  }

  /// y at u = ln x.
  public func value(atLogX u: Double) -> Double {
    limit + sign.rawValue * exp(logExcess(atLogX: u))
  }

  /// y at x > 0.
  public func value(at x: Double) -> Double { value(atLogX: log(x)) }

  /// The local log-log slope of the excess, s = d ln|y - a| / d ln x = -(c0 + sum c_i w_i).
  public func slope(atLogX u: Double) -> Double {
    -breaks.reduce(exponent) { $0 + $1.exponentChange * $1.completion(atLogX: u) }
  }

  /// ds/du = -sum (c_i/f_i) w_i (1 - w_i): how fast the local slope changes.
  public func slopeDerivative(atLogX u: Double) -> Double {
    -breaks.reduce(0) { sum, b in
      let w = b.completion(atLogX: u)
      return sum + b.exponentChange / b.width * w * (1 - w)
    }
  }

  /// The local slope after the first `count` breaks, where the bends of all others are far away.
  public func slope(afterBreaks count: Int) -> Double {
    -breaks.prefix(count).reduce(exponent) { $0 + $1.exponentChange }
  }

  /// ln |C| of the power law C x^s after the first `count` breaks (paper A.2): C = b prod
  /// d_i^(c_i), so that neighbouring power laws meet at each d.
  public func logCoefficient(afterBreaks count: Int) -> Double {
    breaks.prefix(count).reduce(logCoefficient) { $0 + $1.exponentChange * $1.logLocation }
  }

  /// The partial derivatives of y at u = ln x, in the order a, ln|b|, c0, then c, ln d, ln f of
  /// each break.
  public func gradient(atLogX u: Double) -> [Double] {
    let excess = sign.rawValue * exp(logExcess(atLogX: u))
    var gradient = [1, excess, -u * excess]
    for b in breaks {
      let z = (u - b.logLocation) / b.width
      let w = logistic(z)
      let bend = b.width * softplus(z)
      gradient.append(-bend * excess)
      gradient.append(b.exponentChange * w * excess)
      gradient.append(-b.exponentChange * (bend - (u - b.logLocation) * w) * excess)
    }
    return gradient
  }

  /// The law as a function of 1/x, which is a law of the same kind:
  /// sp(-z) = sp(z) - z moves the linear parts of all breaks into b and c0.
  public var mirrored: BrokenPowerLaw {
    BrokenPowerLaw(
      limit: limit, sign: sign,
      logCoefficient: breaks.reduce(logCoefficient) { $0 + $1.exponentChange * $1.logLocation },
      exponent: -breaks.reduce(exponent) { $0 + $1.exponentChange },
      breaks: breaks.map {
        Break(
          exponentChange: $0.exponentChange, logLocation: -$0.logLocation, width: $0.width)
      })
  }

  /// The law seen from the other side of `level`: y becomes `level` - y.
  public func reflected(at level: Double) -> BrokenPowerLaw {
    var law = self
    law.limit = level - limit
    law.sign = sign == .positive ? .negative : .positive
    return law
  }
}

extension BrokenPowerLaw {
  /// The axes on which a curve is drawn; its inflections depend on them.
  public enum Axes: String, Sendable, CaseIterable {
    /// y against x.
    case linear
    /// ln y against ln x.
    case logLog = "log-log"
  }

  /// ln x of every turning point of y, ascending: the roots of the local slope s.
  ///
  /// y' = (y - a) s / x, so y turns where s changes its sign. s lies between -(c0 + sum max(c_i,
  /// 0)) and -(c0 + sum min(c_i, 0)), so there is no turning point if both have the same sign.
  ///
  /// - Complexity: about 250 evaluations per break.
  public var turningPoints: [Double] {
    let least = breaks.reduce(exponent) { $0 + min($1.exponentChange, 0) }
    let most = breaks.reduce(exponent) { $0 + max($1.exponentChange, 0) }
    guard least < 0 && most > 0 else { return [] }
    return roots { slope(atLogX: $0) }
  }

  /// Whether y falls before and rises after the turning point at ln x = u.
  public func isMinimum(turningAt u: Double) -> Bool {
    slope(atLogX: u + 1e-6) * sign.rawValue > 0
  }

  /// ln x of every inflection on the given axes, ascending.
  ///
  /// Linear: y'' = (y - a)/x^2 (s^2 - s + s'). Log-log: with p = (y - a)/y, the second derivative
  /// of ln y in ln x is p (s^2 (1 - p) + s'), where 1 - p = a/y.
  public func inflections(on axes: Axes) -> [Double] {
    guard !breaks.isEmpty else { return [] }
    switch axes {
    case .linear:
      return roots { u in
        let s = slope(atLogX: u)
        return s * s - s + slopeDerivative(atLogX: u)
      }
    case .logLog:
      return roots { u in
        let s = slope(atLogX: u)
        return s * s * limit / value(atLogX: u) + slopeDerivative(atLogX: u)
      }.filter { value(atLogX: $0) > 0 }
    }
  }

  /// The roots of a function that is constant far from the breaks: bracketed on a grid that is fine
  /// near breaks, then found by bisection to the last bit.
  private func roots(of function: (Double) -> Double) -> [Double] {
    // At a distance of 30 f from its centre a break has completed all but e^-30 of its change.
    let steps = 120
    var grid: [Double] = []
    for b in breaks {
      for step in -steps...steps {
        grid.append(b.logLocation + b.width * 30 * Double(step) / Double(steps))
      }
    }
    grid.sort()
    var roots: [Double] = []
    for (left, right) in zip(grid, grid.dropFirst()) {
      var low = left
      var high = right
      let sign = function(low)
      let end = function(high)
      if end == 0 {
        if sign != 0 { roots.append(high) }
        continue
      }
      guard sign.isFinite, end.isFinite, sign != 0, (sign < 0) != (end < 0) else { continue }
      while true {
        let middle = 0.5 * (low + high)
        if middle <= low || middle >= high { break }
        if (function(middle) < 0) == (sign < 0) { low = middle } else { high = middle }
      }
      roots.append(0.5 * (low + high))
    }
    return roots
  }
}
