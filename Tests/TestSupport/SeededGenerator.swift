import Foundation

/// Random numbers that are the same for the same seed, so that a failing test names its own
/// reproduction: Steele, Lea and Flood's SplitMix64 (2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) {
    state = seed
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension RandomNumberGenerator {
  /// A number drawn evenly from `range`.
  public mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * Double(next() >> 11) * 0x1p-53
  }

  /// A standard normal number, by Box and Muller's transformation (1958).
  public mutating func normal() -> Double {
    // Half a unit away from 0, which has no logarithm.
    let radius = (-2 * log((Double(next() >> 11) + 0.5) * 0x1p-53)).squareRoot()
    return radius * cos(2 * .pi * uniform(0...1))
  }
}
