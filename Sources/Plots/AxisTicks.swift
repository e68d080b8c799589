import Foundation

/// A number as it stands beside an axis: digits, and a power of ten where there are too many.
struct TickLabel: Hashable {
  /// `0.25`, `2×10` or `10`.
  let digits: String
  /// Written raised after the digits.
  let exponent: Int?

  /// The number in plain characters: `0.25` or `2e7`.
  var plain: String {
    guard let exponent else { return digits }
    let mantissa = digits == "10" ? "1" : digits.replacingOccurrences(of: "×10", with: "")
    return "\(mantissa)e\(exponent)"
  }
}

/// A place on an axis that is marked.
struct Tick: Hashable {
  let value: Double
  let label: TickLabel
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
  init(_ scale: AxisScale, length: Double, extent: (TickLabel) -> Double) {
    let candidates =
      scale.division == .linear
      ? Self.roundSteps(scale) : Self.decades(scale) + Self.roundSteps(scale)
    func fits(_ ticks: [Tick]) -> Bool {
      guard ticks.count <= Self.most else { return false }
      return zip(ticks, ticks.dropFirst()).allSatisfy { a, b in
        guard let from = scale.share(a.value), let to = scale.share(b.value) else { return false }
        return (to - from) * length >= (extent(a.label) + extent(b.label)) / 2
      }
    }
    let fitting = candidates.filter(fits)
    // Decades first, when they say enough; else whatever says most.
    let chosen =
      fitting.first { $0.count >= 3 } ?? fitting.max { $0.count < $1.count } ?? []
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
    for count in [9, 8, 7, 6, 5, 4, 3, 2, 1] as [Double] {
      let rough = high / count - low / count
      let power = floor(log10(rough))
      for factor in [1, 2, 5, 10] as [Double] {
        let step = factor * pow(10, power)
        guard step >= rough, step.isFinite, step > 0 else { continue }
        let first = (low / step).rounded(.up)
        let last = (high / step).rounded(.down)
        guard abs(first) < 1e15, last - first < 20 else { break }
        let ticks = stride(from: first, through: last, by: 1).map { $0 == 0 ? 0 : $0 * step }
        if candidates.last?.map(\.value) != ticks { candidates.append(labelled(ticks, step: step)) }
        break
      }
    }
    return candidates.filter { $0.count >= 1 }
  }

  /// Powers of ten with their multiples, from dense to sparse.
  private static func decades(_ scale: AxisScale) -> [[Tick]] {
    let first = Int(scale.low.rounded(.down))
    let last = Int(scale.high.rounded(.up))
    var candidates: [[Tick]] = []
    for multiples in [[1, 2, 5], [1, 3], [1]] {
      let ticks = (first...last).flatMap { decade in
        multiples.map { (multiple: $0, decade: decade) }
      }.filter { inside(scale, Double($0.multiple), $0.decade) }
      candidates.append(
        ticks.map { Tick(value: number(Double($0.multiple), $0.decade), label: .init($0.0, $0.1)) })
    }
    for stride in [2, 3, 5, 10, 20, 50, 100, 200] {
      let ticks = (first...last).filter { $0 % stride == 0 && inside(scale, 1, $0) }
      candidates.append(ticks.map { Tick(value: number(1, $0), label: .init(1, $0)) })
    }
    return candidates
  }

  /// The multiples of the powers of ten, as long as they can be told apart.
  private static func minor(_ scale: AxisScale) -> [Double] {
    guard scale.division == .logarithmic, scale.high - scale.low > 0.5 else { return [] }
    let width = scale.high - scale.low
    guard width < 30 else { return [] }
    let first = Int(scale.low.rounded(.down))
    let last = Int(scale.high.rounded(.up))
    return (first...last).flatMap { decade in
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
    let power = largest > 0 ? Int(floor(log10(largest))) : 0
    let isPlain = largest == 0 || (power < 6 && log10(step) > -5)
    let unit = isPlain ? 0 : power
    let decimals = max(0, unit - Int(floor(log10(step) + 1e-9)))
    return values.map { value in
      if isPlain || value == 0 {
        let digits = String(format: "%.\(value == 0 ? 0 : decimals)f", value)
        return Tick(value: value, label: TickLabel(digits: digits.withMinus, exponent: nil))
      }
      let mantissa = String(format: "%.\(decimals)f", value / pow(10, Double(unit)))
      return Tick(
        value: value, label: TickLabel(digits: mantissa.withMinus + "×10", exponent: unit))
    }
  }
}

extension TickLabel {
  /// A multiple of a power of ten; between a thousandth and a hundred thousand in full.
  init(_ multiple: Int, _ decade: Int) {
    switch decade {
    case 0..<5:
      self.init(digits: "\(multiple)" + String(repeating: "0", count: decade), exponent: nil)
    case -3..<0:
      self.init(
        digits: "0." + String(repeating: "0", count: -decade - 1) + "\(multiple)", exponent: nil)
    default: self.init(digits: multiple == 1 ? "10" : "\(multiple)×10", exponent: decade)
    }
  }
}

extension String {
  /// The text with a minus sign in place of a hyphen.
  var withMinus: String { replacingOccurrences(of: "-", with: "−") }
}
