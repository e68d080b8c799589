import Glibc

/// The weighted laws of a forecast: a single law, the refits of a bootstrap, or a posterior.
///
/// The forecast is the mean of the laws on the objective's scale; its distribution is their
/// mixture.
struct WeightedLaws: Sendable {
  struct Member: Sendable {
    var weight: Double
    /// The law of v as a function of u.
    let law: BrokenPowerLaw
    /// The covariance of its constants; nil: they are exact.
    let scatter: Scatter?
    /// The variance of the noise of unit weight.
    let noiseVariance: Double
    /// The departure of the curve from the law.
    var departure: Departure?
  }

  /// How uncertain the constants of a law are, in the order of its gradient.
  enum Scatter: Sendable {
    /// The covariance of some of them, row by row.
    case matrix([Double], of: [Int])
    case fitted(Covariance)

    /// The variance of a value with this gradient.
    func variance(_ gradient: [Double]) -> Double {
      switch self {
      case .fitted(let covariance): return covariance.inflation * covariance.variance(gradient)
      case .matrix(let matrix, let indices):
        var sum = 0.0
        for (row, i) in indices.enumerated() {
          for (column, j) in indices.enumerated() {
            sum += gradient[i] * matrix[row * indices.count + column] * gradient[j]
          }
        }
        return sum
      }
    }
  }

  /// The departure of a curve from a law: a random walk of the slope from the last point on.
  struct Departure: Sendable {
    let noise: DepartureNoise
    let span: Double
    /// C^-1 times the residuals of the points.
    let pull: [Double]
    /// The last value of the curve as a share of the usual one, for objectives with absolute
    /// errors: near a bound departures become smaller.
    let lastShare: Double

    /// The mean and variance of the departure at u, in units of the noise variance.
    func moments(at u: Double) -> (mean: Double, variance: Double) {
      guard noise.rho > 0 else { return (0, 0) }
      guard u < 0 else {
        let h = u / span
        let walk = ForecastSettings.departureAhead * noise.rho * h * h * h / 3
        return (0, lastShare * lastShare * walk)
      }
      let covariances = noise.covariances(at: u)
      let known = noise.whitened(covariances).reduce(0) { $0 + $1 * $1 }
      return (
        zip(covariances, pull).reduce(0) { $0 + $1.0 * $1.1 },
        max(noise.variance(at: u) - known, 0)
      )
    }
  }

  /// From ln x to the laws' coordinate: u = sign (ln x - origin).
  struct Coordinate: Sendable {
    let sign: Double
    let origin: Double
    func callAsFunction(_ logX: Double) -> Double { sign * (logX - origin) }
  }

  private(set) var members: [Member]
  let frame: Frame
  let coordinate: Coordinate
  let degreesOfFreedom: Double
  /// kappa: the share of the change beyond the data that is uncertain.
  var surprise = 0.0
  /// The share of the weight at either end that the trimmed mean leaves out.
  var trim = 0.0
  /// The power law without a limit, for very few points. Intervals then include all laws, each with
  /// its deviation, this law and the last value.
  var unlimited: (last: Double, level: Double, slope: Double)?
  /// The range of the data in u.
  let data: Bounds
  /// The smallest value of laws below a ceiling.
  var leastValue = -Double.infinity

  init(
    _ members: [Member], frame: Frame, coordinate: Coordinate, degreesOfFreedom: Double,
    data: Bounds
  ) {
    let total = members.reduce(0) { $0 + $1.weight }
    self.members = members.map {
      var member = $0
      member.weight /= total
      return member
    }
    self.frame = frame
    self.coordinate = coordinate
    self.degreesOfFreedom = degreesOfFreedom
    self.data = data
  }

  /// The value of a law on the objective's scale, with its slope there.
  private func value(of member: Member, at u: Double) -> (z: Double, slope: Double) {
    var v = member.law.value(atLogX: u)
    if member.law.sign == .negative { v = max(v, leastValue) }
    return (
      frame.objective.transform(v, unit: frame.unit),
      frame.objective.derivative(v, unit: frame.unit)
    )
  }

  /// The distribution of the curve at ln x; nil when a law has no finite value there.
  func curve(atLogX logX: Double) -> StudentMixture? {
    let u = coordinate(logX)
    let nearest = min(max(u, data.lower), data.upper)
    return StudentMixture(
      members.map { member in
        var (z, slope) = value(of: member, at: u)
        var variance = 0.0
        if let scatter = member.scatter {
          variance = slope * slope * scatter.variance(member.law.gradient(atLogX: u))
        }
        if surprise > 0, u != nearest {
          let change = surprise * (z - value(of: member, at: nearest).z)
          variance += change * change
        }
        if let (mean, spread) = member.departure?.moments(at: u) {
          z += mean
          variance += member.noiseVariance * spread
        }
        return .init(
          weight: member.weight, centre: z,
          scale: min(variance, ForecastSettings.largestVariance).squareRoot(),
          degreesOfFreedom: degreesOfFreedom)
      })
  }

  /// The interval of a distribution of the laws' values at ln x.
  func interval(of distribution: StudentMixture, level: Double, atLogX logX: Double)
    -> StudentMixture.Interval
  {
    var interval = distribution.interval(level)
    if let unlimited {
      var ends = distribution.components.flatMap { [$0.centre - $0.scale, $0.centre + $0.scale] }
      let u = coordinate(logX)
      // At the last point u is 0 up to rounding.
      if u > data.upper + 1e-9 { ends += [unlimited.last, unlimited.level + unlimited.slope * u] }
      interval.lower = min(interval.lower, ends.min() ?? interval.lower)
      interval.upper = max(interval.upper, ends.max() ?? interval.upper)
    }
    return interval
  }

  /// The interval of the limits in the user's units; nil for an end that the laws do not have.
  func limits(level: Double) -> (lower: Double?, upper: Double?) {
    // Laws that rise without bound have no upper limit, and those that fall without bound no lower
    // one.
    let ends = inUnits.map { law, weight -> (value: Double, weight: Double) in
      let slope =
        coordinate.sign > 0 ? law.slope(afterBreaks: law.breaks.count) : -law.slope(afterBreaks: 0)
      return (slope < 0 ? law.limit : law.sign == .positive ? .infinity : -.infinity, weight)
    }.sorted { $0.value < $1.value }
    func quantile(_ probability: Double) -> Double? {
      var sum = 0.0
      return ends.first { end in
        sum += end.weight
        return sum >= probability
      }?.value.finite
    }
    return (quantile((1 - level) / 2), quantile(1 - (1 - level) / 2))
  }

  /// The distribution of a new measurement; `noise` is the known noise at its x.
  func measurement(_ curve: StudentMixture, noise: Double?) -> StudentMixture? {
    StudentMixture(
      zip(members, curve.components).map { member, component in
        var component = component
        component.scale =
          (component.scale * component.scale + (noise ?? member.noiseVariance)).squareRoot()
        return component
      })
  }

  /// Whether intervals can be made: the covariances of the laws are known, or there are many laws.
  var hasIntervals: Bool {
    members.count >= Bootstrap.fewestLaws || members.allSatisfy { $0.scatter != nil }
  }

  /// Laws in the user's units with their weights.
  var inUnits: [(law: BrokenPowerLaw, weight: Double)] {
    members.map { member in
      let law = coordinate.sign > 0 ? member.law : member.law.mirrored
      return (frame.restoringUnits(of: law.shifted(by: coordinate.origin)), member.weight)
    }
  }
}

extension BrokenPowerLaw {
  /// The law as a function of ln x where it is one of ln x - `origin`.
  fileprivate func shifted(by origin: Double) -> BrokenPowerLaw {
    BrokenPowerLaw(
      limit: limit, sign: sign, logCoefficient: logCoefficient + exponent * origin,
      exponent: exponent,
      breaks: breaks.map {
        Break(
          exponentChange: $0.exponentChange, logLocation: $0.logLocation + origin,
          width: $0.width)
      })
  }
}

extension WeightedLaws {
  /// A single law, with the scatter of its constants.
  init(_ report: LawReport) {
    let range = report.observations.range
    self.init(
      [
        Member(
          weight: 1, law: report.fit.lawInFrame, scatter: report.covariance.map(Scatter.fitted),
          noiseVariance: report.covariance?.residualVariance
            ?? report.fit.residualVariance)
      ], frame: report.fit.frame,
      coordinate: Coordinate(sign: 1, origin: report.fit.frame.origin),
      degreesOfFreedom: report.covariance?.degreesOfFreedom ?? report.fit.degreesOfFreedom,
      data: range)
  }

  /// The refits of a bootstrap, with equal weights.
  init(_ bootstrap: Bootstrap, of report: LawReport) {
    self.init(
      bootstrap.lawsInFrame.map {
        Member(
          weight: 1, law: $0, scatter: nil,
          noiseVariance: report.observations.hasAbsoluteWeights
            ? 1 : report.fit.residualVariance)
      }, frame: report.fit.frame,
      coordinate: Coordinate(sign: 1, origin: report.fit.frame.origin),
      degreesOfFreedom: .infinity, data: report.observations.range)
  }
}
