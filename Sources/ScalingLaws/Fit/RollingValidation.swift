/// Validation by forecasts of the last points, in blocks, each from all points before it.
struct RollingValidation: Sendable {
  /// The search on the points before the first block.
  let training: LawSearch
  /// Distinct x before the first block, and in all blocks.
  let trainingPlaces: Int
  let count: Int
  /// The searches on the points before each block, and on the block itself.
  private let blocks: [(before: LawSearch, block: LawSearch)]

  /// The largest number of blocks.
  private static let mostBlocks = 12

  /// The last `validating` distinct x in the direction of progress are validated, or the last
  /// max(2, 20 %).
  init(_ search: LawSearch, validating asked: Int? = nil) {
    let observations = search.observations
    let places = observations.places(along: search.progress)
    let count = min(asked ?? Self.usualCount(of: places.count), places.count - 1)
    let first = places.count - count
    func restricted(_ places: ArraySlice<Double>) -> LawSearch {
      let ends = [places.first ?? 0, places.last ?? 0].sorted()
      var part = search
      part.observations = observations.filtered {
        ends[0] <= observations.t[$0] && observations.t[$0] <= ends[1]
      }
      return part
    }
    training = restricted(places[..<first])
    trainingPlaces = first
    self.count = count
    let blockCount = min(Self.mostBlocks, count)
    blocks = (0..<blockCount).map { k in
      let from = first + k * count / blockCount
      let to = first + (k + 1) * count / blockCount
      return (restricted(places[..<from]), restricted(places[from..<to]))
    }
  }

  /// The usual number of validated distinct x (paper A.6).
  static func usualCount(of distinctCount: Int) -> Int {
    max(2, Int((0.2 * Double(distinctCount)).rounded()))
  }

  /// The squared errors at all validation points, in order of progress. The law is fitted to
  /// `training` and refined before each block.
  func squaredErrors(of fit: LawFit) -> [Double] {
    var fit = fit
    var squares: [Double] = []
    for (before, block) in blocks {
      fit = before.refitted(fit)
      squares += block.describe(fit.theta).residuals.map { $0 * $0 }
    }
    return squares
  }
}
