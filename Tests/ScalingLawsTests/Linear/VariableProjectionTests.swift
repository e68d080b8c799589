import Glibc
import TestSupport
import Testing

@testable import ScalingLaws

@Suite("Starts from the grid")
struct VariableProjectionTests {
  private func projection(
    _ theta: [Double], progress: Progress = .increasing
  ) throws -> (grid: VariableProjection, frame: Frame) {
    // The mean of the log values is 0, so that the frame's scale is 1 and theta is in its units.
    let law = Frame.ofTheUser.law(theta)
    let t = (0..<32).map { -4 + 8 * Double($0) / 31 }
    let mean = t.reduce(0) { $0 + law.logExcess(atLogX: $1) } / 32
    let points = try Points(x: t.map(exp), y: t.map { law.value(atLogX: $0) / exp(mean) })
    let frame = Frame(points: points, orientation: .direct, objective: .given(.log))
    let observations = Observations(points, in: frame)
    let bounds = LawBounds(
      observations, hasPrior: false, progress: progress,
      constraints: Constraints(FitOptions()))
    let grid = VariableProjection(
      observations, mostBreaks: 2, bounds: bounds, prior: nil, progress: progress)
    return (grid, frame)
  }

  /// A law without limit whose breaks sit on cells of the grid: the grid spans 8 in ln x, from -4.8
  /// to 6.4 in 32 places (-6.4 to 4.8 when progress runs to small x), and f from 0.08 to 2.4 in 4.
  private func onGrid(
    _ breaks: [(change: Double, place: Int, sharpness: Int)], _ progress: Progress
  )
    -> [Double]
  {
    [0, 0, 0.4]
      + breaks.map { b in
        let place = (-4.8 + 11.2 * (Double(b.place) + 0.5) / 32) * progress.sign
        return [b.change, place, log(0.08 * pow(30, Double(b.sharpness) / 3))]
      }.sorted { $0[1] < $1[1] }.joined()
  }

  @Test(
    "a noiseless law on the grid is its own first start",
    arguments: [Progress.increasing, .decreasing])
  func exactStart(progress: Progress) throws {
    for theta in [
      onGrid([], progress), onGrid([(0.8, 12, 1)], progress), onGrid([(-0.7, 16, 2)], progress),
      onGrid([(0.8, 8, 1), (-0.5, 18, 1)], progress),
      onGrid([(0.8, 7, 0), (-0.5, 13, 1), (0.6, 20, 0)], progress),
    ] {
      let breaks = theta.count / 3 - 1
      var grid = try projection(theta, progress: progress).grid
      let starts = grid.starts(breaks: breaks)
      let best = try #require(starts.first)
      #expect(best.count == theta.count)
      // beta is shifted by the normalization of y; everything else must be found again.
      for k in theta.indices where k != 1 {
        #expect(abs(best[k] - theta[k]) <= 1e-6, "constant \(k) of \(theta)")
      }
    }
  }

  @Test("a noiseless law is found by inserting the break that it lacks, in ascending order")
  func insertion() throws {
    let breaks = [(0.8, 6, 1), (-0.5, 13, 1), (0.6, 20, 1)].map {
      (change: $0.0, place: $0.1, sharpness: $0.2)
    }
    let theta = onGrid(breaks, .increasing)
    for left in 0..<3 {
      var poorer = breaks
      poorer.remove(at: left)
      var grid = try projection(theta).grid
      let best = try #require(grid.starts(extending: onGrid(poorer, .increasing), most: 4).first)
      for k in theta.indices where k != 1 {
        #expect(abs(best[k] - theta[k]) <= 1e-6, "constant \(k), without break \(left)")
      }
    }
  }

  @Test("three and more breaks have starts too, in ascending order", arguments: 3...5)
  func manyBreaks(breaks: Int) throws {
    let law = onGrid([(0.8, 6, 1), (-0.5, 13, 1), (0.6, 20, 1)], .increasing)
    var grid = try projection(law).grid
    let known = onGrid([(0.8, 6, 1), (-0.5, 13, 1)], .increasing)
    // Each number of breaks starts from the best start of one fewer.
    var poorer = known
    for _ in 3..<breaks {
      poorer = try #require(grid.starts(extending: poorer, most: 4).first)
    }
    let starts = grid.starts(extending: poorer, most: 4)
    #expect((1...4).contains(starts.count))
    for start in starts {
      #expect(start.count == 3 + 3 * breaks)
      let places = (0..<breaks).map { start[4 + 3 * $0] }
      #expect(places == places.sorted())
      #expect(start.allSatisfy { $0.isFinite })
    }
  }

  @Test("starts differ from each other")
  func distinct() throws {
    var grid = try projection(onGrid([(0.8, 12, 1)], .increasing)).grid
    let starts = grid.starts(breaks: 1)
    #expect((8...12).contains(starts.count))
    #expect(Set(starts.map { $0.map { ($0 * 1e6).rounded() } }).count == starts.count)
  }
}

extension Frame {
  /// Coordinates that are those of the user: t = ln x, v = y.
  // swift-format-ignore: NeverUseForceTry
  static let ofTheUser = Frame(
    points: try! Points(x: [1], y: [1]), orientation: .direct, objective: .given(.log))
}
