import Glibc

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
