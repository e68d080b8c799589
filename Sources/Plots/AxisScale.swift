import Foundation

/// The range of an axis and how values are placed along it.
struct AxisScale: Hashable {
  enum Division { case linear, logarithmic }

  let division: Division
  /// The ends, on the scale of the axis: values, or their decimal logarithms.
  let low: Double
  let high: Double

  /// An axis from `low` to `high`, on the scale of the axis, widened where both are the same.
  init(_ division: Division, low: Double, high: Double) {
    // Below this width, neighbouring numbers would be drawn apart.
    let least = max(abs(low), abs(high), 1e-300) * 1e-9
    let missing = max(0, least - (high - low)) / 2
    self.division = division
    self.low = low - missing
    self.high = high + missing
  }

  /// The value on the scale of the axis; nil where the axis has no place for it.
  func coordinate(_ value: Double) -> Double? { Self.coordinate(value, division) }

  static func coordinate(_ value: Double, _ division: Division) -> Double? {
    switch division {
    case .linear: value.isFinite ? value : nil
    case .logarithmic: value > 0 && value.isFinite ? log10(value) : nil
    }
  }

  /// The value at a coordinate.
  func value(_ coordinate: Double) -> Double {
    division == .linear ? coordinate : pow(10, coordinate)
  }

  /// Where the value lies between the ends: 0 at the low end, 1 at the high end, and beyond.
  func share(_ value: Double) -> Double? { coordinate(value).map(share(coordinate:)) }

  /// Halves avoid the overflow of a range wider than the largest number.
  func share(coordinate: Double) -> Double {
    (coordinate / 2 - low / 2) / (high / 2 - low / 2)
  }
}
