/// A range for each parameter; equal ends hold a parameter fixed.
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
