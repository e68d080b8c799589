/// A break that a law may have, in a coordinate tau that grows with progress.
struct BreakShape: Sendable, Hashable {
  var location: Double
  var width: Double
}

/// Possible breaks, and the bend psi = -f sp((delta - tau)/f) that each adds at every point.
struct BreakBasis: Sendable {
  let breaks: [BreakShape]
  /// Groups of four points in a column.
  let laneCount: Int
  /// psi at every point, break by break.
  let columns: [Lanes]

  var count: Int { breaks.count }

  init(_ breaks: [BreakShape], at tau: [Lanes]) {
    self.breaks = breaks
    laneCount = tau.count
    // All empty arrays share one object, whose count the initializer below would write from all
    // threads.
    guard !breaks.isEmpty else {
      columns = []
      return
    }
    columns = [Lanes](unsafeUninitializedCapacity: breaks.count * tau.count) { columns, count in
      for (row, shape) in breaks.enumerated() {
        let steepness = 1 / shape.width
        for i in tau.indices {
          let z = (shape.location - tau[i]) * steepness
          columns.initializeElement(at: row * tau.count + i, to: z.softplus * -shape.width)
        }
      }
      count = breaks.count * tau.count
    }
  }

  /// The breaks of both bases.
  func appending(_ other: BreakBasis) -> BreakBasis {
    BreakBasis(
      breaks: breaks + other.breaks, laneCount: laneCount, columns: columns + other.columns)
  }

  private init(breaks: [BreakShape], laneCount: Int, columns: [Lanes]) {
    self.breaks = breaks
    self.laneCount = laneCount
    self.columns = columns
  }
}
