import Foundation

/// A labelled mark on an axis.
struct Tick: Hashable {
  let value: Double
  let label: String
}

/// The marks of an axis, at round numbers.
struct AxisTicks {
  /// The marks with labels, in ascending order.
  let major: [Tick]
  /// The marks without labels.
  let minor: [Double]

  /// The largest number of labels of an axis.
  private static let most = 9

  /// Chooses the densest marks whose labels do not overlap.
  ///
  /// - Parameters:
  ///   - scale: The axis.
  ///   - length: The length of the axis.
  ///   - extent: The length that a label takes, including the space around it.
  init(_ scale: AxisScale, length: Double, extent: (String) -> Double) {
    func fits(_ ticks: [Tick]) -> Bool {
      guard ticks.count <= Self.most else { return false }
      return zip(ticks, ticks.dropFirst()).allSatisfy { a, b in
        guard let from = scale.share(a.value), let to = scale.share(b.value) else { return false }
        return (to - from) * length >= (extent(a.label) + extent(b.label)) / 2
      }
    }
    // Powers of ten if there are at least three, else the marks with the most labels.
    let fitting = (Self.decades(scale) + Self.roundSteps(scale)).filter(fits)
    let chosen = fitting.first { $0.count >= 3 } ?? fitting.max { $0.count < $1.count } ?? []
    major = chosen
    let labelled = Set(chosen.map(\.value))
    minor = Self.minor(scale).filter { !labelled.contains($0) }
  }

  /// Multiples of a step of 1, 2 or 5 times a power of ten, from dense to sparse.
  private static func roundSteps(_ scale: AxisScale) -> [[Tick]] {
    let low = scale.value(scale.low)
    let high = scale.value(scale.high)
    // A logarithmic axis of two decades or more has no useful constant step.
    guard low.isFinite, high.isFinite, high > low,
      scale.division == .linear || scale.high - scale.low < 2
    else { return [] }
    var candidates: [[Tick]] = []
    var steps = Set<Double>()
    for count in stride(from: 9.0, through: 1, by: -1) {
      let rough = high / count - low / count
      let power = floor(log10(rough))
      let step = ([1, 2, 5, 10] as [Double]).map { $0 * pow(10, power) }.first { $0 >= rough }
      guard let step, step.isFinite, step > 0, steps.insert(step).inserted else { continue }
      let first = (low / step).rounded(.up)
      let last = (high / step).rounded(.down)
      // Beyond 2^53, neighbouring multiples of the step are the same double.
      guard abs(first) < 0x1p53, abs(last) < 0x1p53, first <= last else { continue }
      let values = stride(from: first, through: last, by: 1).map { $0 == 0 ? 0 : $0 * step }
      candidates.append(labelled(values, step: step))
    }
    return candidates
  }

  /// Powers of ten with their multiples, from dense to sparse.
  private static func decades(_ scale: AxisScale) -> [[Tick]] {
    guard scale.division == .logarithmic else { return [] }
    let decades = Int(scale.low.rounded(.down))...Int(scale.high.rounded(.up))
    let multiples: [[Tick]] = [[1, 2, 5], [1, 3], [1]].map { multiples in
      ticks(decades.flatMap { decade in multiples.map { ($0, decade) } }, on: scale)
    }
    let sparse = [2, 3, 5, 10, 20, 50, 100, 200].map { stride in
      ticks(decades.filter { $0 % stride == 0 }.map { (1, $0) }, on: scale)
    }
    return multiples + sparse
  }

  /// Labels all marks by plain numbers if all are short, else all by powers of ten.
  private static func ticks(_ places: [(multiple: Int, decade: Int)], on scale: AxisScale) -> [Tick]
  {
    let places = places.filter { inside(scale, Double($0.multiple), $0.decade) }
    let isPlain = places.allSatisfy { (-3..<5).contains($0.decade) }
    return places.map { multiple, decade in
      let value = number(Double(multiple), decade)
      let label =
        isPlain ? NumberText.short(value) : NumberText.raised("\(multiple)", decade)
      return Tick(value: value, label: label)
    }
  }

  /// The multiples of the powers of ten, on axes where they are not too dense.
  private static func minor(_ scale: AxisScale) -> [Double] {
    let width = scale.high - scale.low
    guard scale.division == .logarithmic, (0.5..<30).contains(width) else { return [] }
    return (Int(scale.low.rounded(.down))...Int(scale.high.rounded(.up))).flatMap { decade in
      (width < 7 ? 1...9 : 1...1).filter { inside(scale, Double($0), decade) }
        .map { number(Double($0), decade) }
    }
  }

  private static func inside(_ scale: AxisScale, _ multiple: Double, _ decade: Int) -> Bool {
    let coordinate = log10(multiple) + Double(decade)
    return coordinate >= scale.low && coordinate <= scale.high
  }

  /// Parsed, because that gives the double nearest to the decimal number; `pow` may not.
  private static func number(_ multiple: Double, _ decade: Int) -> Double {
    Double("\(multiple)e\(decade)") ?? multiple * pow(10, Double(decade))
  }

  /// Marks at multiples of a step, with as many digits as the step needs.
  private static func labelled(_ values: [Double], step: Double) -> [Tick] {
    let largest = values.map { abs($0) }.max() ?? 0
    let power = largest > 0 ? Int(floor(log10(largest) + 1e-12)) : 0
    let unit = (-4..<6).contains(power) ? 0 : power
    let decimals = max(0, unit - Int(floor(log10(step) + 1e-9)))
    return values.map { value in
      if value == 0 { return Tick(value: 0, label: "0") }
      let digits = String(format: "%.\(decimals)f", value / pow(10, Double(unit))).withMinus
      return Tick(value: value, label: unit == 0 ? digits : NumberText.raised(digits, unit))
    }
  }
}

/// The range of an axis and how values are placed along it.
struct AxisScale: Hashable {
  enum Division { case linear, logarithmic }

  let division: Division
  /// The ends as coordinates: values, or their decimal logarithms.
  let low: Double
  let high: Double

  /// The coordinate of a value: the value itself, or its decimal logarithm; nil when it is not on
  /// the axis.
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

  /// The position of a value as a share of the axis: 0 at the low end, 1 at the high end; it may be
  /// outside.
  ///
  /// Computed by halves, because the difference of the ends may overflow.
  func share(_ value: Double) -> Double? {
    coordinate(value).map { ($0 / 2 - low / 2) / (high / 2 - low / 2) }
  }
}
