import Testing

@testable import ScalingLaws

@Suite("Points")
struct PointsTests {
  static let faulty: [(x: [Double], y: [Double], noise: Noise, fault: PointsError.Fault)] = [
    ([1, 2], [1], .unknown, .lengthMismatch(field: .y, count: 1, expected: 2)),
    ([1, 2], [1, 2], .weights([1]), .lengthMismatch(field: .noise, count: 1, expected: 2)),
    ([1, 0], [1, 2], .unknown, .x(index: 1, value: 0)),
    ([-1, 1], [1, 2], .unknown, .x(index: 0, value: -1)),
    ([1, .infinity], [1, 2], .unknown, .x(index: 1, value: .infinity)),
    ([1, 2], [1, -.infinity], .unknown, .y(index: 1, value: -.infinity)),
    ([1, 2], [1, 2], .standardErrors([1, 0]), .noise(index: 1, value: 0)),
    ([1, 2], [1, 2], .weights([-1, 1]), .noise(index: 0, value: -1)),
    ([1, 2], [0, 1], .trials([.infinity, 5]), .noise(index: 0, value: .infinity)),
    ([1, 2], [0.5, 1.1], .trials([5, 5]), .notAProportion(index: 1, value: 1.1)),
    ([1, 2], [-0.1, 1], .trials([5, 5]), .notAProportion(index: 0, value: -0.1)),
    (
      [1, 2, 3], [-1e308, 0, 1e308], .unknown, .tooWide(lowest: -1e308, highest: 1e308)
    ),
  ]

  @Test("each fault is named with its place and value", arguments: faulty)
  func fault(x: [Double], y: [Double], noise: Noise, fault: PointsError.Fault) {
    #expect(throws: PointsError(faults: [fault])) { try Points(x: x, y: y, noise: noise) }
  }

  @Test("what is not a number is refused in every array")
  func notANumber() {
    let error = #expect(throws: PointsError.self) {
      try Points(x: [.nan, 1, 1], y: [1, .nan, 1], noise: .weights([1, 1, .nan]))
    }
    let places = error?.faults.map { fault in
      switch fault {
      case .x(let index, _): "x\(index)"
      case .y(let index, _): "y\(index)"
      case .noise(let index, _): "noise\(index)"
      default: "other"
      }
    }
    #expect(places == ["x0", "y1", "noise2"])
  }

  @Test("a fault says what is wrong and what would be right")
  func reasons() {
    #expect(PointsError.Fault.x(index: 0, value: -2).reason == "must be greater than 0, is -2")
    #expect(PointsError.Fault.noise(index: 0, value: 0).reason == "must be greater than 0, is 0")
    #expect(PointsError.Fault.y(index: 0, value: .nan).reason == "must be a finite number, is nan")
    #expect(
      PointsError.Fault.tooWide(lowest: -1e308, highest: 1.5e308).reason
        == "must not reach from -1e+308 to 1.5e+308: give y in a larger unit")
  }

  @Test("all faults are named at once, at the places of the given arrays")
  func allFaults() {
    #expect(
      throws: PointsError(faults: [
        .x(index: 0, value: -2), .noise(index: 0, value: 0), .y(index: 2, value: .infinity),
      ])
    ) {
      try Points(
        x: [-2, 3, 1], y: [1, 2, .infinity], noise: .standardErrors([0, 1, 1]))
    }
  }

  @Test("points are sorted by x, and their noise with them")
  func sorting() throws {
    let points = try Points(x: [3, 1, 2], y: [30, 10, 20], noise: .weights([300, 100, 200]))
    #expect(points.x == [1, 2, 3])
    #expect(points.y == [10, 20, 30])
    #expect(points.noise == .weights([100, 200, 300]))
  }

  @Test("replicates are kept in ascending order of y, however they are given, and counted once")
  func replicates() throws {
    let points = try Points(x: [2, 1, 2, 1, 2], y: [5, 4, 3, 2, 1])
    #expect(points.x == [1, 1, 2, 2, 2])
    #expect(points.y == [2, 4, 1, 3, 5])
    #expect(points.count == 5)
    #expect(points.distinctCount == 2)
  }

  @Test("no points are points too")
  func empty() throws {
    let points = try Points(x: [], y: [])
    #expect(points.count == 0)
    #expect(points.distinctCount == 0)
    #expect(points.holdingOutLast(1).kept.count == 0)
  }

  static let splits: [(count: Int, progress: Progress, kept: [Double], heldOut: [Double])] = [
    (0, .increasing, [1, 1, 2, 3, 3], []),
    (1, .increasing, [1, 1, 2], [3, 3]),
    (2, .increasing, [1, 1], [2, 3, 3]),
    (3, .increasing, [], [1, 1, 2, 3, 3]),
    (9, .increasing, [], [1, 1, 2, 3, 3]),
    (0, .decreasing, [1, 1, 2, 3, 3], []),
    (1, .decreasing, [2, 3, 3], [1, 1]),
    (2, .decreasing, [3, 3], [1, 1, 2]),
    (3, .decreasing, [], [1, 1, 2, 3, 3]),
  ]

  @Test("holding out takes whole groups of replicates from the end of progress", arguments: splits)
  func holdingOut(count: Int, progress: Progress, kept: [Double], heldOut: [Double]) throws {
    let points = try Points(
      x: [3, 1, 2, 3, 1], y: [1, 2, 3, 4, 5], noise: .standardErrors([1, 2, 3, 4, 5]))
    let split = points.holdingOutLast(count, progress: progress)
    #expect(split.kept.x == kept)
    #expect(split.heldOut.x == heldOut)
    #expect(split.kept.distinctCount == Set(kept).count)
    // y equals the standard error of its point, so both must have moved together.
    #expect(split.kept.noise == .standardErrors(split.kept.y))
    #expect(split.heldOut.noise == .standardErrors(split.heldOut.y))
  }
}
