import CProcessor
import Glibc

/// Four doubles for SIMD arithmetic.
///
/// Aims, in order: results that follow from this code alone (no library calls, and products are
/// fused with sums only where `addingProduct` and `times` say so), errors below 2 units in the last
/// place, speed. Other code calls the C library, whose last bits may differ between processors. The
/// elementary functions follow fdlibm (Sun Microsystems, 1993): reduction of the argument to a
/// short interval, then a polynomial there, which interpolates at Chebyshev's points.
typealias Lanes = SIMD4<Double>

extension Lanes {
  /// The product with a factor plus a term, rounded once.
  @inline(__always)
  func times(_ factor: Lanes, plus term: Lanes) -> Lanes { term.addingProduct(self, factor) }

  /// The product with a factor plus a term, rounded once.
  @inline(__always)
  func times(_ factor: Double, plus term: Double) -> Lanes {
    times(Lanes(repeating: factor), plus: Lanes(repeating: term))
  }

  /// The product with a factor plus a term, rounded once.
  @inline(__always)
  func times(_ factor: Lanes, plus term: Double) -> Lanes {
    times(factor, plus: Lanes(repeating: term))
  }

  /// e^x for x in [-708, 709]; beyond, the value at the nearer end. NaN stays NaN.
  @inline(__always)
  var exponential: Lanes {
    // Comparisons with NaN are false, so NaN stays NaN.
    let x = self.replacing(with: Lanes(repeating: -708), where: self .< -708)
    return x.replacing(with: Lanes(repeating: 709), where: x .> 709).exponentialInRange
  }

  /// e^x for x in [-708, 709].
  @inline(__always)
  private var exponentialInRange: Lanes {
    // Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits of the sum.
    let shifter = Lanes(repeating: 0x1.8p52)
    let shifted = shifter.addingProduct(self, 0x1.71547652b82fep0)
    let k = shifted - shifter
    // r = x - k ln 2, ln 2 in two pieces; |r| <= ln(2)/2.
    let r = self.addingProduct(k, -6.93147180369123816490e-01)
      .addingProduct(k, -1.90821492927058770002e-10)
    // e^r = 1 + r + r^2 q(r), q to 2^-55 of e^r, by Estrin's scheme, which has shorter chains of
    // dependent operations than Horner's.
    let r2 = r * r
    let r4 = r2 * r2
    let q0 = r.times(0.16666666666666669, plus: 0.5000000000000001)
    let q2 = r.times(0.008333333333330062, plus: 0.04166666666662413)
    let q4 = r.times(0.00019841269863053618, plus: 0.0013888888917213717)
    let q6 = r.times(2.7557268459997064e-06, plus: 2.4801521295954376e-05)
    let q8 = r.times(2.510038549551032e-08, plus: 2.7620088445409746e-07)
    let high = q8.times(r4, plus: q6.times(r2, plus: q4))
    let q = high.times(r4, plus: q2.times(r2, plus: q0))
    let p = q.times(r2, plus: r) + 1
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
  ///
  /// It is 2 artanh(s) = 2s (1 + z/3 + z^2/5 + ...), s = x/(2 + x), z = s^2 up to 1/9.
  @inline(__always)
  var logarithmOfOnePlus: Lanes {
    let s = self / (2 + self)
    let z = s * s
    let z2 = z * z
    let z4 = z2 * z2
    let p0 = z.times(0.20000000000007292, plus: 0.3333333333333333)
    let p2 = z.times(0.11111111358713932, plus: 0.1428571428355438)
    let p4 = z.times(0.07692785032479312, plus: 0.09090894718066429)
    let p6 = z.times(0.06000536404795356, plus: 0.06657072104827468)
    let p8 = z.times(0.08082022805971766, plus: 0.04400369243072337)
    let high = p8.times(z4, plus: p6.times(z2, plus: p4))
    let p = high.times(z4, plus: p2.times(z2, plus: p0))
    let twice = s + s
    return (twice * z).times(p, plus: twice)
  }

  /// ln((1 + f) 2^k) for 1 + f in [sqrt(1/2), sqrt 2), after fdlibm's e_log.c.
  @inline(__always)
  private static func logarithm(onePlus f: Lanes, timesTwoTo k: Lanes) -> Lanes {
    let s = f / (2 + f)
    let z = s * s
    let w = z * z
    let p1 = w.times(1.479819860511658591e-01, plus: 1.818357216161805012e-01)
    let p3 = w.times(p1, plus: 2.857142874366239149e-01)
    let odd = w.times(p3, plus: 6.666666666666735130e-01)
    let p2 = w.times(1.531383769920937332e-01, plus: 2.222219843214978396e-01)
    let even = w.times(p2, plus: 3.999999999940941908e-01)
    let halfSquare = f * f * 0.5
    let tail = s * w.times(even, plus: z.times(odd, plus: halfSquare))
    let low = tail.addingProduct(k, 1.90821492927058770002e-10)
    return k * 6.93147180369123816490e-01 - ((halfSquare - low) - f)
  }

  /// e^-|x|, and 0 for |x| above 300, because products of two smaller numbers would be subnormal,
  /// which makes arithmetic about a hundred times slower.
  @inline(__always)
  private var exponentialOfNegativeMagnitude: Lanes {
    let sign = SIMD4<UInt64>(repeating: 1 << 63)
    let x = unsafeBitCast(unsafeBitCast(self, to: SIMD4<UInt64>.self) | sign, to: Lanes.self)
    let isFar = x .< -300
    return x.replacing(with: Lanes(repeating: -300), where: isFar).exponentialInRange
      .replacing(with: Lanes(repeating: 0), where: isFar)
  }

  @inline(__always)
  private var positivePart: Lanes {
    self.replacing(with: Lanes(repeating: 0), where: self .< 0)
  }

  /// ln(1 + e^z), exact to rounding for every z.
  @inline(__always)
  var softplus: Lanes { positivePart + exponentialOfNegativeMagnitude.logarithmOfOnePlus }

  /// ln(1 + e^z) and 1/(1 + e^-z), both exact to rounding for every z.
  @inline(__always)
  var softplusAndLogistic: (softplus: Lanes, logistic: Lanes) {
    let e = exponentialOfNegativeMagnitude
    let numerator = e.replacing(with: Lanes(repeating: 1), where: self .>= 0)
    return (positivePart + e.logarithmOfOnePlus, numerator / (1 + e))
  }
}

/// Sum of a[i] b[i] over `lanes` groups of four.
@inline(__always)
func dot(_ a: UnsafePointer<Lanes>, _ b: UnsafePointer<Lanes>, lanes: Int) -> Double {
  var sum = Lanes(repeating: 0)
  for i in 0..<lanes { sum.addProduct(a[i], b[i]) }
  return total(sum)
}

/// `dot` of a with each of `count` columns that follow each other.
///
/// Four columns at a time, because the additions of a single sum depend on each other; the last
/// group of four may repeat columns.
@inline(__always)
func writeProducts(
  of a: UnsafePointer<Lanes>, with columns: UnsafePointer<Lanes>, count: Int, lanes: Int,
  to products: UnsafeMutablePointer<Double>
) {
  guard count >= 4 else {
    for k in 0..<count { products[k] = dot(a, columns + lanes * k, lanes: lanes) }
    return
  }
  for next in stride(from: 0, to: count, by: 4) {
    let first = min(next, count - 4)
    let four = columns + lanes * first
    var sums = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    for i in 0..<lanes {
      let x = a[i]
      sums.0.addProduct(x, four[i])
      sums.1.addProduct(x, four[lanes + i])
      sums.2.addProduct(x, four[2 * lanes + i])
      sums.3.addProduct(x, four[3 * lanes + i])
    }
    products[first] = total(sums.0)
    products[first + 1] = total(sums.1)
    products[first + 2] = total(sums.2)
    products[first + 3] = total(sums.3)
  }
}

/// The sum of four.
@inline(__always)
private func total(_ sum: Lanes) -> Double { (sum[0] + sum[1]) + (sum[2] + sum[3]) }

extension [Double] {
  /// The values in groups of four, the last group filled up with `filler`.
  func lanes(filler: Double) -> [Lanes] {
    let groups = (count + 3) / 4
    guard groups > 0 else { return [] }
    return [Lanes](unsafeUninitializedCapacity: groups) { lanes, initialized in
      lanes.initialize(repeating: Lanes(repeating: filler))
      withUnsafeBytes { UnsafeMutableRawBufferPointer(lanes).copyMemory(from: $0) }
      initialized = groups
    }
  }
}

extension [Lanes] {
  /// The first `count` values from group `start` on.
  func doubles(_ count: Int, from start: Int = 0) -> [Double] {
    withUnsafeBufferPointer { groups in
      groups.withMemoryRebound(to: Double.self) { [Double]($0[(4 * start)..<(4 * start + count)]) }
    }
  }
}

/// ln(1 + e^z), accurate for every z: max(z, 0) + ln(1 + e^-|z|) never overflows.
func softplus(_ z: Double) -> Double {
  max(z, 0) + log1p(exp(-abs(z)))
}

/// 1 / (1 + e^-z), accurate for every z.
func logistic(_ z: Double) -> Double {
  let e = exp(-abs(z))
  return (z >= 0 ? 1 : e) / (1 + e)
}

/// The processor's instructions on several doubles at once that this library is compiled to use:
/// AVX2 and FMA on x86-64, unless it was built with `BNSL_ANY_PROCESSOR=1`. On one processor
/// results are the same, bit for bit, with them and without.
public enum VectorInstructions {
  /// Whether this processor has them. Where it has not, a fit ends the process.
  ///
  /// Never inlined: what the C function says depends on how the code around it is compiled.
  @inline(never)
  public static var areAvailable: Bool { processor_has_compiled_instructions() }
}
