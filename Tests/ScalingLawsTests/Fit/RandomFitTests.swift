import Foundation
import RandomFits
import ScalingLaws
import Testing

/// Fits of points and options drawn at random, held to the laws of every right answer.
///
/// `BNSL_FUZZ_FITS` is how many are drawn, 2,000 by default, and `BNSL_FUZZ_SEED` from which seed.
@Suite("Fits drawn at random", .computesAside)
struct RandomFitTests {
  private static func setting(_ name: String, otherwise: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap(UInt64.init) ?? otherwise
  }

  @Test("whatever is asked, the process lives and every answer keeps its laws")
  func laws() {
    let count = Self.setting("BNSL_FUZZ_FITS", otherwise: 2_000)
    let first = Self.setting("BNSL_FUZZ_SEED", otherwise: 1) * 1_000_000
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
}
