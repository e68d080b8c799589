import Foundation

/// The range of an axis and how values are placed along it.
struct AxisScale: Hashable {
  enum Division { case linear, logarithmic }

  let division: Division
  /// The ends, on the scale of the axis: values, or their decimal logarithms.
  let low: Double
  let high: Double

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
  ///
  /// Halves avoid the overflow of a range wider than the largest number.
  func share(_ value: Double) -> Double? {
    coordinate(value).map { ($0 / 2 - low / 2) / (high / 2 - low / 2) }
  }
}
