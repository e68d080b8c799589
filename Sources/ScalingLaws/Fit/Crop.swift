import Glibc

/// The first x that is fitted, and how it was chosen.
///
/// Points far before an old sharp break may follow another regime (paper section 6), and constants
/// that describe it do not help the forecast. Whether leaving the points out helps is decided by
/// validation on the last points, as in the paper's A.6.
struct Crop: Sendable {
  let report: CropReport?
  private let progress: Progress

  /// Chooses the crop that `options.crop` asks for.
  ///
  /// - Parameters:
  ///   - points: all points to fit.
  ///   - options: the options of the fit.
  ///   - constraints: on the constants of the laws that are validated.
  ///   - execution: asked whether the fit is cancelled.
  /// - Throws: `FitError`.
  init(
    _ points: Points, options: FitOptions, constraints: Constraints, execution: Execution
  ) throws(FitError) {
    progress = options.progress
    switch options.crop {
    case .none:
      report = nil
    case .from(let x):
      report = CropReport(from: x, candidates: [])
    case .automatic:
      let candidates = try Self.validated(
        points, options: options, constraints: constraints, execution: execution)
      report = CropReport(
        from: Self.best(candidates)?.from, candidates: candidates.map(\.candidate))
    }
  }

  /// The points that stay.
  func applied(to points: Points) -> Points {
    guard let from = report?.from else { return points }
    return points.selecting(
      points.x.indices.filter {
        progress == .increasing ? points.x[$0] >= from : points.x[$0] <= from
      })
  }

  // MARK: Validation

  private typealias Validated = (candidate: CropReport.Candidate, squares: [Double])

  /// The smallest number of distinct x that may be kept.
  private static let fewestKept = 8

  /// The candidates: all points, and those beyond each bend of at most a decade, each with its
  /// errors on the same last points.
  private static func validated(
    _ points: Points, options: FitOptions, constraints: Constraints, execution: Execution
  ) throws(FitError) -> [Validated] {
    // Use only the points before those that are validated.
    let seen = points.holdingOutLast(
      RollingValidation.usualCount(of: points.distinctCount), progress: options.progress
    ).kept
    let endBehaviour = try EndBehaviour.choose(
      among: EndBehaviour.candidates(for: seen, options: options, constraints: constraints),
      points: seen, options: options, constraints: constraints, isCancelled: execution.isCancelled)
    let search = LawSearch(
      points, orientation: endBehaviour.orientation, objective: options.objective,
      progress: options.progress, constraints: constraints, isCancelled: execution.isCancelled)
    // A y that the objective does not admit is refused later, by the fit.
    guard points.y.allSatisfy(search.observations.frame.admits), !search.observations.isConstant
    else { return [] }
    func select(_ search: LawSearch) throws(FitError) -> Selection {
      try Selection(
        search, maximum: options.breaks.maximum, method: .aicc, endBehaviour: endBehaviour
      ) { _ in }
    }
    let all = RollingValidation(search)
    let t = search.observations.t
    let along = search.progress == .increasing ? Array(t.indices) : t.indices.reversed()
    /// Includes breaks of laws that are not chosen, because no single law may describe all points.
    func firstPoints(beyondBendsOf laws: Selection) -> [Int] {
      laws.free.values.flatMap(\.lawInFrame.breaks).filter {
        BreakReport.Sharpness(of: $0) != .gradual
      }.compactMap { bend in
        // The bend ends where 90 % of the change are completed.
        let end = bend.logLocation + search.progress.sign * bend.width * log(9)
        return along.first { (t[$0] - end) * search.progress.sign >= 0 }
      }
    }
    let laws = try select(all.training)
    var result = [validated(search, from: nil, law: laws.chosen, validation: all)]
    var firsts = firstPoints(beyondBendsOf: laws)
    var tried: Set<Int> = []
    // The points that remain may have further bends.
    while let first = firsts.popLast() {
      guard tried.insert(first).inserted else { continue }
      var cropped = search
      cropped.observations = search.observations.filtered {
        (t[$0] - t[first]) * search.progress.sign >= 0
      }
      let validation = RollingValidation(cropped, validating: all.count)
      guard validation.trainingPlaces >= fewestKept else { continue }
      let laws = try select(validation.training)
      result.append(
        validated(cropped, from: points.x[first], law: laws.chosen, validation: validation))
      firsts += firstPoints(beyondBendsOf: laws)
    }
    return result.prefix(1)
      + result.dropFirst().sorted { $0.candidate.count > $1.candidate.count }
  }

  private static func validated(
    _ search: LawSearch, from: Double?, law: LawFit, validation: RollingValidation
  ) -> Validated {
    let squares = validation.squaredErrors(of: law)
    return (
      CropReport.Candidate(
        from: from, count: search.observations.count, breaks: law.breaks,
        validationError: (squares.reduce(0, +) / Double(max(squares.count, 1))).squareRoot()),
      squares
    )
  }

  /// The crop that forecasts best, if all points together are worse by more than three standard
  /// errors. With a smaller threshold one of several crops is often better by chance.
  private static func best(_ candidates: [Validated]) -> CropReport.Candidate? {
    guard let all = candidates.first,
      let best = candidates.dropFirst().min(by: {
        $0.candidate.validationError < $1.candidate.validationError
      }),
      Selection.isWorse(all.squares, than: best.squares, byStandardErrors: 3)
    else { return nil }
    return best.candidate
  }
}
