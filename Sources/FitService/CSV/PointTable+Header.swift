extension PointTable {
  /// What a column means.
  enum Role: String, CaseIterable {
    case x, y, sigma, weight, trials, curve, training
    case heldOut = "held_out"

    /// The option that names its column, for x and y.
    var option: JSONPointer { .root.appending("\(rawValue)_column") }
  }

  /// A column that is read.
  struct Column {
    let role: Role
    let name: String
    let index: Int

    init(_ role: Role, _ name: String, at index: Int) {
      self.role = role
      self.name = name
      self.index = index
    }
  }

  /// The columns that a first row names.
  struct Header {
    private(set) var columns: [Column] = []
    private(set) var ignoredColumns: [String] = []
    /// Whether there is an x, a y and no contradiction.
    private(set) var isUsable = true

    /// Finds each wanted column by its name: exactly, or else whatever the case of its letters.
    init(_ rows: CSVRows, xColumn: String?, yColumn: String?, faults: Faults) {
      let names = (0..<rows.count).map { rows.text($0) }
      func refuse(_ detail: String) {
        faults.note(.line(rows.line, column: nil), detail)
      }
      for role in Role.allCases {
        let option = role == .x ? xColumn : role == .y ? yColumn : nil
        let wanted = option ?? role.rawValue
        var found = names.indices.filter { names[$0] == wanted }
        if found.isEmpty { found = names.indices.filter { names[$0].lowercased() == wanted } }
        if found.count > 1 {
          isUsable = false
          refuse("the column `\(wanted.bounded(to: 40))` stands \(found.count) times")
        }
        if let index = found.first {
          columns.append(Column(role, names[index].bounded(to: 40), at: index))
        } else if role == .x || role == .y {
          isUsable = false
          let fault = Self.missing(wanted, role, among: names)
          if option == nil { refuse(fault) } else { faults.note(at: role.option, fault) }
        }
      }
      let roles = columns.map(\.role)
      if roles.contains(.heldOut), roles.contains(.training) {
        isUsable = false
        refuse("the columns `held_out` and `training` say the same; give one of them")
      }
      let read = Set(columns.map(\.index))
      ignoredColumns = names.indices.filter { !read.contains($0) }
        .map { names[$0].isEmpty ? "column \($0 + 1)" : names[$0].bounded(to: 40) }
    }

    private static func missing(_ wanted: String, _ role: Role, among names: [String]) -> String {
      let shown = names.prefix(10).map { "`\($0.bounded(to: 40))`" }.joined(separator: ", ")
      let more = names.count > 10 ? " and \(names.count - 10) more" : ""
      return "no column is named `\(wanted.bounded(to: 40))`"
        + Spelling.suggestion(for: wanted, among: names)
        + "; the columns are \(shown)\(more); `\(role.rawValue)_column=` names another"
    }
  }
}
