import Foundation
import RandomFits
import ScalingLaws
import Testing

/// Fits of points and options drawn at random, held to the laws of every right answer.
///
/// `BNSL_FUZZ_FITS` is how many are drawn, at least 200 and by default 2,000, and `BNSL_FUZZ_SEED` from which seed.
@Suite("Fits drawn at random", .computesAside)
struct RandomFitTests {
  private static func setting(_ name: String, otherwise: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap(UInt64.init) ?? otherwise
  }

  /// Parts that run at the same time. Each tries every law: 25 draws have each law of two fits once.
  private static let parts: UInt64 = 8

  @Test(
    "whatever is asked, the process lives and every answer keeps its laws", arguments: 0..<parts)
  func laws(part: UInt64) {
    let all = Self.setting("BNSL_FUZZ_FITS", otherwise: 2_000)
    let count = max(25, all / Self.parts)
    let first = Self.setting("BNSL_FUZZ_SEED", otherwise: 1) * 1_000_000 + part * count
    let single = FitLaw.allCases.filter { !$0.comparesTwoFits }
    let double = FitLaw.allCases.filter(\.comparesTwoFits)
    var breaches: [FitLaw: [String]] = [:]
    var answered = 0
    for index in 0..<count {
      let fit = RandomFit(seed: first + index)
      guard let report = fit.answer else { continue }
      answered += 1
      // A law of two fits is tried in turn on every fifth draw.
      let second = index % 5 == 0 ? [double[Int(index / 5) % double.count]] : []
      for law in single + second {
        guard let breach = fit.breaches(of: [law], by: report).first else { continue }
        breaches[law, default: []].append("seed \(first + index): \(breach)")
      }
    }
    // What is refused tells nothing.
    #expect(answered * 2 > count)
    for law in FitLaw.allCases {
      let found = breaches[law] ?? []
      #expect(found.isEmpty, "\(found.prefix(3).joined(separator: "\n"))")
    }
  }

  /// Fits that once depended on the units of x or y: of values that differ by 1e-9 of their size, of
  /// points whose logarithms differed in the last bits, of exact values, of constants that are nearly
  /// interchangeable, and with an end of an interval between two laws of equal weights.
  static let onceDependingOnUnits: [UInt64] = [
    6_000_028, 6_000_073, 6_000_078, 6_000_180, 6_000_243, 6_000_458, 6_001_172, 6_001_918,
    6_002_110, 6_002_446, 6_002_549, 6_002_588, 6_002_647, 6_002_910, 13_000_675, 13_001_598,
    13_001_951,
  ]

  @Test("other units change no forecast", arguments: onceDependingOnUnits)
  func units(seed: UInt64) throws {
    let fit = RandomFit(seed: seed)
    let breaches = fit.breaches(of: [.unitOfX, .unitOfY], by: try #require(fit.answer))
    #expect(breaches.isEmpty, "\(breaches)")
  }
}
