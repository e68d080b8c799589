/// A range of numbers, and the words for it in messages.
public struct NumberRange: Sendable {
  package let words: String
  /// What a message about a refused 0 adds.
  var remedyForZero = ""
  let contains: @Sendable (Double) -> Bool

  /// Any finite number.
  public static let any = NumberRange(words: "a number") { $0.isFinite }
  public static let positive = NumberRange(words: "greater than 0") { $0 > 0 }
  /// A value of x: it needs a logarithm.
  static let scale = NumberRange(
    words: "greater than 0", remedyForZero: "; `\"invalid\": \"drop\"` leaves such points out"
  ) { $0 > 0 }
  public static let nonNegative = NumberRange(words: "0 or greater") { $0 >= 0 }

  /// From one bound to the other, both allowed.
  public static func closed(_ range: ClosedRange<Double>) -> NumberRange {
    let (low, high) = (range.lowerBound.jsonText, range.upperBound.jsonText)
    return NumberRange(words: "from \(low) to \(high)") { range.contains($0) }
  }

  /// Above one bound, up to the other, which is allowed.
  public static func above(_ low: Double, atMost high: Double) -> NumberRange {
    NumberRange(words: "greater than \(low.jsonText) and at most \(high.jsonText)") {
      low < $0 && $0 <= high
    }
  }
}

/// A range of whole numbers, in words.
package func words(for range: ClosedRange<Int>) -> String {
  range.upperBound == .max
    ? "a whole number, \(range.lowerBound) or greater"
    : "a whole number from \(range.lowerBound) to \(range.upperBound)"
}
