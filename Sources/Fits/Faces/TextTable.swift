import Foundation

/// Columns of text, the first aligned to the left and the others to the right.
public struct TextTable {
  private let rows: [[String]]

  /// A table whose rows are as long as its header.
  public init(header: [String], rows: [[String]]) { self.rows = [header] + rows }

  /// The lines, without an end of the last.
  public var text: String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { cells in
      zip(cells, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + padding : padding + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

extension Double {
  /// The number with so many significant digits, as C's `%g` writes it.
  public func rounded(_ digits: Int) -> String {
    // Not "-0".
    String(format: "%.\(digits)g", self == 0 ? 0 : self)
  }
}

extension Double? {
  /// The number with so many significant digits, or a dash.
  public func rounded(_ digits: Int) -> String { map { $0.rounded(digits) } ?? "-" }
}
