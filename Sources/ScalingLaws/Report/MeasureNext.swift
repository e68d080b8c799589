import Glibc

/// The measurement that would reduce the uncertainty of the farthest forecast most.
public struct MeasureNext: Sendable {
  public var x: Double
  /// The x of this forecast.
  public var forecastAt: Double
  /// The share by which the standard error of the law there would shrink.
  public var shrinkage: Double
}

extension LawReport {
  /// The x within `factor` beyond the last point whose measurement shrinks the variance of the law
  /// at the farthest of `targets` most; nil without a covariance.
  ///
  /// A measurement at x with noise variance s2 lowers the variance at x* by
  /// cov(x, x*)^2 / (var(x) + s2): the law is linearized, as for all its intervals.
  func measureNext(targets: [Double], points: Points, progress: Progress, factor: Double)
    -> MeasureNext?
  {
    let sign = progress.sign
    let last = sign > 0 ? points.x.last ?? 1 : points.x.first ?? 1
    guard let covariance, let noise = measurementVariance,
      let target = targets.max(by: { log($0) * sign < log($1) * sign }), target > 0,
      (log(target) - log(last)) * sign > 0
    else { return nil }
    func gradient(_ u: Double) -> [Double] {
      let frame = fit.frame
      let law = fit.lawInFrame
      let t = u - frame.origin
      let slope = frame.objective.derivative(law.value(atLogX: t), unit: frame.unit)
      return law.gradient(atLogX: t).map { $0 * slope }
    }
    let atTarget = gradient(log(target))
    let before = covariance.variance(atTarget)
    guard before > 0, before.isFinite else { return nil }
    let steps = 64
    let reach = sign * log(factor)
    let candidates = (0...steps).map { log(last) + reach * Double($0) / Double(steps) }
    let gains = candidates.map { u in
      let here = gradient(u)
      let shared = covariance.covariance(here, atTarget)
      return shared * shared / (covariance.variance(here) + noise)
    }
    guard let best = gains.indices.max(by: { gains[$0] < gains[$1] }), gains[best].isFinite else {
      return nil
    }
    return MeasureNext(
      x: exp(candidates[best]), forecastAt: target,
      shrinkage: 1 - (max(before - gains[best], 0) / before).squareRoot())
  }
}
