import Fits
import Foundation
import ScalingLaws

/// The errors of the fit and of the forecast of one curve.
struct BenchmarkScore: Sendable {
  let name: BenchmarkCurve.Name
  let fittedCount: Int
  let heldOutCount: Int
  let breakCount: Int
  let fit: LogError?
  let heldOut: LogError?
  /// How many held-out points lie in their interval; nil without intervals.
  let insideInterval: Int?
  /// The mean width of the intervals in ln y; infinite when a lower end is not above 0.
  let intervalWidth: Double?
  /// The held-out RMSLE of each requested form; nil where there is none.
  let forms: [Double?]
  let milliseconds: Double

  /// Fits a curve on the calling thread.
  init(_ curve: BenchmarkCurve, options: FitOptions) throws(FitError) {
    var options = options
    options.heldOut = .points(curve.heldOut)
    let clock = ContinuousClock()
    let start = clock.now
    let report = try BrokenPowerLaw.fit(curve.fitted, options: options)
    milliseconds = (clock.now - start) / .milliseconds(1)
    name = curve.name
    fittedCount = curve.fitted.count
    heldOutCount = curve.heldOut.count
    breakCount = report.breaks.count
    fit = report.model.quality.rmsle
    heldOut = report.heldOut?.rmsle
    insideInterval = report.heldOut?.insideInterval
    let widths = (report.heldOut?.predictions ?? []).compactMap { prediction -> Double? in
      guard let lower = prediction.lower, let upper = prediction.upper else { return nil }
      return lower > 0 ? log(upper / lower) : .infinity
    }
    intervalWidth = widths.isEmpty ? nil : widths.reduce(0, +) / Double(widths.count)
    forms = options.forms.map { form in
      report.comparison?.entries.first { $0.form == form }?.heldOut?.rmsle
    }
  }

  /// Whether the forecast is better than those of all forms; nil without forms.
  var isBest: Bool? {
    guard let own = heldOut?.rmsle, let least = forms.compactMap({ $0 }).min() else { return nil }
    return own < least
  }

  // MARK: All curves

  /// Scores all curves on all cores, in their order.
  ///
  /// - Throws: `Failure` that names the first curve that cannot be fitted.
  static func all(of curves: [BenchmarkCurve], options: FitOptions) throws -> [BenchmarkScore] {
    let bar = ProgressBar()
    let results = Execution.onAllCores.map(curves.count) { index in
      defer { bar.advance(of: curves.count) }
      return Result { () throws(FitError) in try BenchmarkScore(curves[index], options: options) }
    }
    bar.remove()
    return try zip(curves, results.compactMap { $0 }).map { curve, result in
      do {
        return try result.get()
      } catch {
        let name = curve.name
        throw Failure(.badInput, "\(name.domain) \(name.task) \(name.model): \(error)")
      }
    }
  }

  // MARK: As a row

  static func header(forms: [ComparisonForm]) -> String {
    let columns =
      "domain,task,model,n_fit,n_held_out,breaks,rmsle_fit,rmsle_held_out,"
      + "rsle_held_out,inside_90,width_90,ms"
    return ([columns] + forms.map(\.rawValue)).joined(separator: ",")
  }

  var row: String {
    let numbers: [Double?] = [fit?.rmsle, heldOut?.rmsle, heldOut?.rsle]
    var cells = [name.domain, name.task, name.model].map(\.quotedCell)
    cells += ["\(fittedCount)", "\(heldOutCount)", "\(breakCount)"]
    cells += numbers.map { $0?.rounded(6) ?? "" }
    cells += [insideInterval.map { "\($0)" } ?? "", intervalWidth?.rounded(4) ?? ""]
    cells.append(String(format: "%.1f", milliseconds))
    cells += forms.map { $0?.rounded(6) ?? "" }
    return cells.joined(separator: ",")
  }
}
