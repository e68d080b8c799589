/// Four doubles that go through the same arithmetic at once.
///
/// Aims, in order: the same bits on every machine (no fused multiply-add, no library calls), errors
/// below 2 units in the last place, speed. The elementary functions follow fdlibm (Sun
/// Microsystems, 1993): reduction of the argument to a short interval, then a polynomial there.
typealias Lanes = SIMD4<Double>

extension Lanes {
  /// e^x for x in [-708, 709]; beyond, the value at the nearer end. NaN stays NaN.
  @inline(__always)
  var exponential: Lanes {
    // Comparisons with NaN are false, so that it passes through.
    let x = self.replacing(with: Lanes(repeating: -708), where: self .< -708)
      .replacing(with: Lanes(repeating: 709), where: self .> 709)
    // Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits of the sum.
    let shifter = Lanes(repeating: 0x1.8p52)
    let shifted = x * 0x1.71547652b82fep0 + shifter
    let k = shifted - shifter
    // r = x - k ln 2, ln 2 in two pieces; |r| <= ln(2)/2.
    let r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
    // e^r by its Taylor series: the first term left out, r^14/14!, is below 2^-57.
    var p = r * (1 / 6_227_020_800) + (1 / 479_001_600)
    p = p * r + (1 / 39_916_800)
    p = p * r + (1 / 3_628_800)
    p = p * r + (1 / 362_880)
    p = p * r + (1 / 40_320)
    p = p * r + (1 / 5_040)
    p = p * r + (1 / 720)
    p = p * r + (1 / 120)
    p = p * r + (1 / 24)
    p = p * r + (1 / 6)
    p = p * r + 0.5
    p = (p * r) * r + r + 1
    let exponent = unsafeBitCast(shifted, to: SIMD4<Int64>.self) &+ SIMD4<Int64>(repeating: 1023)
    return p * unsafeBitCast(exponent &<< SIMD4<Int64>(repeating: 52), to: Lanes.self)
  }

  /// ln x for x that are positive and normal; NaN for all others.
  @inline(__always)
  var logarithm: Lanes {
    // x = 2^k m with m in [sqrt(1/2), sqrt 2).
    let bits = unsafeBitCast(self, to: SIMD4<Int64>.self)
    let offset = bits &- SIMD4<Int64>(repeating: 0x3FE6_A09E_667F_3BCD)
    // A shift that keeps the sign, and a conversion to double, by integer addition to 1.5 * 2^52.
    let k = offset &>> SIMD4<Int64>(repeating: 52)
    let m = unsafeBitCast(bits &- (k &<< SIMD4<Int64>(repeating: 52)), to: Lanes.self)
    let shifter = SIMD4<Int64>(repeating: 0x4338_0000_0000_0000)
    let power = unsafeBitCast(k &+ shifter, to: Lanes.self) - 0x1.8p52
    let isValid = (self .>= 0x1p-1022) .& (self .< Double.infinity)
    return Lanes(repeating: .nan).replacing(
      with: Self.logarithm(onePlus: m - 1, timesTwoTo: power), where: isValid)
  }

  /// ln(1 + x) for x in [0, 1].
  @inline(__always)
  var logarithmOfOnePlus: Lanes {
    // Above sqrt 2 halve the argument: 1 + x = 2 (1 + (x - 1)/2).
    let isLarge = self .> 0.41421356237309503
    let f = self.replacing(with: (self - 1) * 0.5, where: isLarge)
    let power = Lanes(repeating: 0).replacing(with: Lanes(repeating: 1), where: isLarge)
    return Self.logarithm(onePlus: f, timesTwoTo: power)
  }

  /// ln((1 + f) 2^k) for 1 + f in [sqrt(1/2), sqrt 2), after fdlibm's e_log.c.
  @inline(__always)
  private static func logarithm(onePlus f: Lanes, timesTwoTo k: Lanes) -> Lanes {
    let s = f / (2 + f)
    let z = s * s
    let w = z * z
    let even =
      w
      * (w * (w * 1.531383769920937332e-01 + 2.222219843214978396e-01)
        + 3.999999999940941908e-01)
    let odd =
      z
      * (w
        * (w * (w * 1.479819860511658591e-01 + 1.818357216161805012e-01)
          + 2.857142874366239149e-01) + 6.666666666666735130e-01)
    let halfSquare = f * f * 0.5
    let tail = s * (halfSquare + (even + odd)) + k * 1.90821492927058770002e-10
    return k * 6.93147180369123816490e-01 - ((halfSquare - tail) - f)
  }

  /// e^-|x|, and 0 for |x| above 300: products of two smaller numbers would not be normal doubles,
  /// on which processors take a hundred times as long.
  @inline(__always)
  private var exponentialOfNegativeMagnitude: Lanes {
    let x = self.replacing(with: -self, where: self .> 0)
    return x.exponential.replacing(with: Lanes(repeating: 0), where: x .< -300)
  }

  /// ln(1 + e^z), exact to rounding for every z.
  @inline(__always)
  var softplus: Lanes {
    let isPositive = self .>= 0
    return Lanes(repeating: 0).replacing(with: self, where: isPositive)
      + exponentialOfNegativeMagnitude.logarithmOfOnePlus
  }

  /// ln(1 + e^z) and 1/(1 + e^-z), both exact to rounding for every z.
  @inline(__always)
  var softplusAndLogistic: (softplus: Lanes, logistic: Lanes) {
    let e = exponentialOfNegativeMagnitude
    let isPositive = self .>= 0
    let positivePart = Lanes(repeating: 0).replacing(with: self, where: isPositive)
    let numerator = e.replacing(with: Lanes(repeating: 1), where: isPositive)
    return (positivePart + e.logarithmOfOnePlus, numerator / (1 + e))
  }
}

/// Sum of a[i] b[i] over `lanes` groups of four.
@inline(__always)
func dot(_ a: UnsafePointer<Lanes>, _ b: UnsafePointer<Lanes>, lanes: Int) -> Double {
  var sum = Lanes(repeating: 0)
  for i in 0..<lanes { sum += a[i] * b[i] }
  return (sum[0] + sum[1]) + (sum[2] + sum[3])
}

extension [Double] {
  /// The values in groups of four, the last group filled up with `filler`.
  func lanes(filler: Double) -> [Lanes] {
    stride(from: 0, to: count, by: 4).map { start in
      var group = Lanes(repeating: filler)
      for i in start..<Swift.min(start + 4, count) { group[i - start] = self[i] }
      return group
    }
  }
}

extension [Lanes] {
  /// The first `count` values from group `start` on.
  func doubles(_ count: Int, from start: Int = 0) -> [Double] {
    (0..<count).map { self[start + $0 / 4][$0 % 4] }
  }
}
