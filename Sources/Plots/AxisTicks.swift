import Foundation

/// A place on an axis that is marked.
struct Tick: Hashable {
  let value: Double
  let label: String
}

/// The marked places of an axis: round numbers, as many as there is room for.
struct AxisTicks {
  /// Marked and labelled, in ascending order.
  let major: [Tick]
  /// Marked only.
  let minor: [Double]

  /// The most labels of an axis: more would only be noise.
  private static let most = 9

  /// Chooses the densest marks whose labels stay apart.
  ///
  /// - Parameters:
  ///   - scale: The axis.
  ///   - length: The length of the axis.
  ///   - extent: How much of the length a label takes, with the space that it needs around it.
  init(_ scale: AxisScale, length: Double, extent: (String) -> Double) {
    func fits(_ ticks: [Tick]) -> Bool {
      guard ticks.count <= Self.most else { return false }
      return zip(ticks, ticks.dropFirst()).allSatisfy { a, b in
        guard let from = scale.share(a.value), let to = scale.share(b.value) else { return false }
        return (to - from) * length >= (extent(a.label) + extent(b.label)) / 2
      }
    }
    // Decades first, when they say enough; else whatever says most.
    let fitting = (Self.decades(scale) + Self.roundSteps(scale)).filter(fits)
    let chosen = fitting.first { $0.count >= 3 } ?? fitting.max { $0.count < $1.count } ?? []
    major = chosen
    let labelled = Set(chosen.map(\.value))
    minor = Self.minor(scale).filter { !labelled.contains($0) }
  }

  /// Multiples of 1, 2 or 5 times a power of ten, from dense to sparse.
  private static func roundSteps(_ scale: AxisScale) -> [[Tick]] {
    let low = scale.value(scale.low)
    let high = scale.value(scale.high)
    // A range of many decades has no round steps worth labelling.
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
      // Beyond 2^53 multiples of the step cannot be told apart.
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

  /// Plain numbers when all of them are short, else powers of ten throughout.
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

  /// The multiples of the powers of ten, as long as they can be told apart.
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

  /// Read, not computed, so that it is the double nearest to the decimal number.
  private static func number(_ multiple: Double, _ decade: Int) -> Double {
    Double("\(multiple)e\(decade)") ?? multiple * pow(10, Double(decade))
  }

  /// The multiples of a step with as many digits as the step needs.
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
