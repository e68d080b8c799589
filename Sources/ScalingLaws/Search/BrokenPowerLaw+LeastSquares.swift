extension BrokenPowerLaw {
  /// The law of least squares with a number of breaks, and nothing said about it.
  ///
  /// For those who need the constants alone: `fit` chooses the number of breaks, forecasts and
  /// reports, which takes most of its time.
  ///
  /// - Returns: nil where no law leaves finite residuals, or the points are fewer than the constants
  ///   or outside the objective's domain.
  public static func leastSquares(
    _ points: Points, breaks: Int, objective: Objective.Choice = .automatic
  ) -> BrokenPowerLaw? {
    let search = LawSearch(points, objective: objective, isCancelled: { false })
    guard breaks >= 0, points.count >= 3, breaks <= points.count / 3 - 1,
      points.y.allSatisfy(search.observations.frame.admits)
    else { return nil }
    return search.fit(breaks: breaks)?.law
  }
}
