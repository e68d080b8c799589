/// A lower and an upper bound. Unlike a `ClosedRange` it never traps, whatever the numbers.
struct Bounds: Sendable, Hashable {
  let lower: Double
  let upper: Double

  /// The ends in any order; NaN means no bound.
  init(_ one: Double, _ other: Double) {
    lower = one.isNaN || other.isNaN ? -.infinity : min(one, other)
    upper = one.isNaN || other.isNaN ? .infinity : max(one, other)
  }

  init(_ range: ClosedRange<Double>) { self.init(range.lowerBound, range.upperBound) }

  func contains(_ value: Double) -> Bool { lower <= value && value <= upper }

  var width: Double { upper - lower }
  var middle: Double { (lower + upper) / 2 }
}

/// A range for each parameter; equal ends fix a parameter.
struct Box: Sendable, Hashable {
  var lower: [Double]
  var upper: [Double]

  init(count: Int) {
    lower = Array(repeating: -.infinity, count: count)
    upper = Array(repeating: .infinity, count: count)
  }

  func isFixed(_ i: Int) -> Bool { lower[i] == upper[i] }

  func clamping(_ value: Double, at i: Int) -> Double { min(max(value, lower[i]), upper[i]) }

  func clamping(_ values: [Double]) -> [Double] {
    values.indices.map { clamping(values[$0], at: $0) }
  }
}
