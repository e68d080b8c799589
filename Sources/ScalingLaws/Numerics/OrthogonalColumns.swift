/// Columns made orthogonal by modified Gram-Schmidt (Björck 1967), which loses half as many digits
/// to nearly dependent columns as products of the columns do.
///
/// Column b was the orthogonal column b plus `share(of: b, in: a)` times each orthogonal column a
/// before it.
struct OrthogonalColumns {
  /// The squared lengths of the orthogonal columns.
  private(set) var squares: [Double]
  /// Row by row, one for each orthogonal column.
  private var shares: [Double]
  private let width: Int

  /// Replaces columns that follow each other by orthogonal ones, and takes these out of the
  /// `further` columns after them.
  ///
  /// Nil when less than `tolerance` of the square of a column is left, which means that it depends
  /// on others up to rounding.
  init?(
    _ columns: UnsafeMutablePointer<Lanes>, count: Int, further: Int = 0, lanes: Int,
    tolerance: Double
  ) {
    width = count + further
    shares = [Double](repeating: 0, count: count * width)
    squares = (0..<count).map { dot(columns + $0 * lanes, columns + $0 * lanes, lanes: lanes) }
    for a in 0..<count {
      let column = columns + a * lanes
      let square = dot(column, column, lanes: lanes)
      guard square > tolerance * squares[a] else { return nil }
      squares[a] = square
      for b in (a + 1)..<max(width, a + 1) {
        let other = columns + b * lanes
        let share = dot(column, other, lanes: lanes) / square
        for i in 0..<lanes { other[i] -= column[i] * share }
        shares[a * width + b] = share
      }
    }
  }

  func share(of b: Int, in a: Int) -> Double { shares[a * width + b] }
}
