/// Draws at most so many of the cells that pass, in proportion to their weights and in their order.
///
/// No more cells than may be drawn are all kept with their shares.
struct SystematicSampler {
  let most: Int
  private var keepsAll = false
  private var total = 0.0
  private var passed = 0.0
  private var drawn = 0
  private(set) var cells: [Cell] = []

  init(most: Int) {
    self.most = most
    cells.reserveCapacity(most)
  }

  /// Says what will pass.
  mutating func begin(total: Double, count: Int) {
    self.total = total
    keepsAll = count <= most
  }

  /// Lets cells pass together; false, and they must pass one by one, when some would be drawn.
  mutating func skip(_ weight: Double) -> Bool {
    let next = passed + weight / total * Double(most)
    guard !keepsAll, next < Double(drawn) + 0.499_999 else { return false }
    passed = next
    return true
  }

  mutating func pass(_ first: Int, _ second: Int, weight: Double) {
    var share = weight / total
    if !keepsAll {
      passed += share * Double(most)
      let before = drawn
      while drawn < most && Double(drawn) + 0.5 < passed { drawn += 1 }
      guard drawn > before else { return }
      share = Double(drawn - before) / Double(most)
    }
    cells.append(Cell(first: first, second: second, share: share))
  }
}
