import Glibc

/// The standard normal distribution.
enum Normal {
  static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }
}

/// Student's distribution of the ratio of a normal variable to its estimated deviation.
struct StudentT {
  let degreesOfFreedom: Double

  /// The probability below t.
  func cumulative(_ t: Double) -> Double {
    guard degreesOfFreedom.isFinite else { return Normal.cumulative(t) }
    let nu = degreesOfFreedom
    let tail = 0.5 * regularizedBeta(nu / (nu + t * t), nu / 2, 0.5)
    return t > 0 ? 1 - tail : tail
  }

  /// t with probability p below it, by bisection; infinite at 0 and 1, NaN when p is not a
  /// probability.
  func quantile(_ p: Double) -> Double {
    guard p >= 0 && p <= 1 else { return .nan }
    if p == 0 || p == 1 { return p == 0 ? -.infinity : .infinity }
    // Solve in the lower tail, where small probabilities are accurate.
    if p > 0.5 { return -quantile(1 - p) }
    if p == 0.5 { return 0 }
    var low = -1.0
    while cumulative(low) > p { low *= 2 }
    var high = 0.0
    for _ in 0..<200 {
      let middle = 0.5 * (low + high)
      if middle == low || middle == high { break }
      if cumulative(middle) < p { low = middle } else { high = middle }
    }
    return 0.5 * (low + high)
  }
}

/// ln |Gamma(x)|. Unlike `lgamma` it does not write a global variable, which threads would share.
func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  return lgamma_r(x, &sign)
}

/// The probability that a chi-square variable exceeds `x`.
func chiSquareSurvival(_ x: Double, degreesOfFreedom: Double) -> Double {
  guard x > 0 else { return 1 }
  guard x.isFinite else { return 0 }
  let a = degreesOfFreedom / 2
  let z = x / 2
  let front = exp(a * log(z) - z - logGamma(a))
  if z < a + 1 {
    // Series of the lower incomplete gamma function.
    var term = 1 / a
    var sum = term
    var n = a
    for _ in 0..<10_000 {
      n += 1
      term *= z / n
      sum += term
      if term < sum * 1e-16 { break }
    }
    return max(0, 1 - front * sum)
  }
  // Continued fraction of the upper one, by Lentz.
  var b = z + 1 - a
  var c = 1 / 1e-300
  var d = 1 / b
  var h = d
  for i in 1..<10_000 {
    let an = -Double(i) * (Double(i) - a)
    b += 2
    d = 1 / (abs(an * d + b) < 1e-300 ? 1e-300 : an * d + b)
    c = b + an / c
    if abs(c) < 1e-300 { c = 1e-300 }
    h *= d * c
    if abs(d * c - 1) < 1e-15 { break }
  }
  return min(1, front * h)
}

/// The probability that a ratio of two estimates of one variance, F, exceeds `f`.
func fisherSurvival(_ f: Double, numerator d1: Double, denominator d2: Double) -> Double {
  guard f > 0 else { return 1 }
  return regularizedBeta(d2 / (d2 + d1 * f), d2 / 2, d1 / 2)
}

/// I_x(a, b), the regularized incomplete beta function, by its continued fraction (Lentz).
func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  guard x > 0 else { return 0 }
  guard x < 1 else { return 1 }
  // The fraction converges quickly on one side of the mean only.
  if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(1 - x, b, a) }
  let front =
    exp(
      a * log(x) + b * log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a
  func guarded(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
  var c = 1.0
  var d = 1 / guarded(1 - (a + b) * x / (a + 1))
  var h = d
  for m in 1..<10_000 {
    let k = Double(m)
    let even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k))
    d = 1 / guarded(1 + even * d)
    c = guarded(1 + even / c)
    h *= d * c
    let odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1))
    d = 1 / guarded(1 + odd * d)
    c = guarded(1 + odd / c)
    let factor = d * c
    h *= factor
    if abs(factor - 1) < 1e-15 { break }
  }
  return front * h
}
