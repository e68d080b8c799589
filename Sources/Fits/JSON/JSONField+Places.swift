import Foundation

extension JSONField {
  /// Values of x: numbers, or a range with so many of them.
  func places(atMost limit: Int) -> [Double]? {
    guard case .object = value else { return numbers(.positive, atMost: limit) }
    return object { range in
      let from = range.required("from")?.number(.positive)
      let to = range.required("to")?.number(.positive)
      let count = range.required("count")?.integer(in: 2...max(2, limit))
      let spacing = range["spacing"]
      let isLinear = spacing.map { $0.isWord("linear") } ?? false
      if let spacing, !isLinear, !spacing.isWord("log") {
        spacing.refuse("must be one of `log`, `linear`")
      }
      guard let from, let to, let count else { return nil }
      guard from < to else {
        refuse("`from` must be less than `to`")
        return nil
      }
      return spaced(from: from, to: to, count: count, isLinear: isLinear)
    }
  }
}

/// Points from one end to the other, both exactly there.
private func spaced(from: Double, to: Double, count: Int, isLinear: Bool) -> [Double] {
  (0..<count).map { index in
    if index == 0 { return from }
    if index == count - 1 { return to }
    let share = Double(index) / Double(count - 1)
    // As a weighted mean, because to - from and to / from may overflow; in logarithms to base 10,
    // because then whole decades come out whole.
    return isLinear
      ? from * (1 - share) + to * share
      : min(max(pow(10, log10(from) * (1 - share) + log10(to) * share), from), to)
  }
}
