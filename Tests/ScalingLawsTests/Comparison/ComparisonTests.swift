import Foundation
import ScalingLaws
import Testing

@Suite("The law ranked with the forms fitted beside it", .computesAside)
struct ComparisonTests {
  /// A power law with a floor: M2 exactly, with ten points beyond those that are fitted.
  private let x = (0..<30).map { 10.0 * pow(1.3, Double($0)) }

  private var points: Points {
    get throws { try Points(x: x, y: x.map { 0.3 + 5 * pow($0, -0.6) }) }
  }

  private func comparison(
    _ forms: [ComparisonForm], heldOut: FitOptions.HeldOut
  ) throws -> Comparison {
    var options = FitOptions()
    options.forms = forms
    options.heldOut = heldOut
    return try #require(try BrokenPowerLaw.fit(points, options: options).comparison)
  }

  @Test("a form that made the data extrapolates better than one that cannot bend")
  func order() throws {
    let comparison = try comparison([.m1, .m2], heldOut: .last(10))
    #expect(comparison.criterion == .heldOut)
    #expect(comparison.entries.count == 3)
    #expect(comparison.entries.last?.form == .m1)
    let errors = comparison.entries.compactMap(\.heldOut?.rmsle)
    #expect(errors == errors.sorted())
    let exact = try #require(comparison.entries.first { $0.form == .m2 })
    #expect(try #require(exact.heldOut).rmsle < 1e-6)
    let law = try #require(comparison.entries.first { $0.form == nil })
    #expect(law.fitted == nil && law.heldOut != nil && law.fit != nil)
  }

  @Test("held-out points do not take part in the fit of a form")
  func blind() throws {
    let (kept, _) = try points.holdingOutLast(10)
    let entry = try #require(
      try comparison([.m4], heldOut: .last(10)).entries.first { $0.form == .m4 })
    #expect(entry.fitted == ComparisonForm.m4.fit(kept))
  }

  @Test("without points set aside the order goes by the fit, and says so")
  func byFit() throws {
    let comparison = try comparison([.m1, .m3], heldOut: .none)
    #expect(comparison.criterion == .fit)
    #expect(comparison.entries.allSatisfy { $0.heldOut == nil })
    let errors = comparison.entries.compactMap(\.fit?.rmsle)
    #expect(errors.count == 3 && errors == errors.sorted())
  }

  @Test("a form that the points do not allow stands last, without constants")
  func impossible() throws {
    var options = FitOptions()
    options.forms = [.m4, .m1]
    let four = try Points(x: [1, 2, 4, 8], y: [4, 3, 2.5, 2.2])
    let comparison = try #require(try BrokenPowerLaw.fit(four, options: options).comparison)
    let last = try #require(comparison.entries.last)
    #expect(last.form == .m4 && last.fitted == nil && last.fit == nil)
  }

  @Test("nothing is compared unless it is asked for")
  func absent() throws {
    #expect(try BrokenPowerLaw.fit(points).comparison == nil)
  }
}
