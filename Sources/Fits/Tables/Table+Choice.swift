import Foundation

// How columns are named in options, and options in messages.

extension Table {
  /// The columns that an option names: by name, by position from 1, or several by commas.
  func columns(named text: String, _ role: ColumnRoles.Role, _ faults: Faults) -> [Int]? {
    if let column = column(named: text) { return [column] }
    let parts = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    let found = role.isShared ? parts.compactMap(column(named:)) : []
    if !found.isEmpty, found.count == parts.count {
      // Each has a point for every row: named over and over, columns would outgrow any body.
      guard Set(found).count == found.count else {
        faults.note(at: .root.appending(role.option), "names a column twice")
        return nil
      }
      return found
    }
    faults.note(
      at: .root.appending(role.option),
      "no column is named `\(text.bounded(to: 40))`"
        + Spelling.suggestion(for: text, among: columns.map(\.name))
        + "; the columns are \(list(Array(columns.indices)))")
    return nil
  }

  private func column(named text: String) -> Int? {
    columns.firstIndex { $0.name == text }
      ?? columns.firstIndex { $0.name.lowercased() == text.lowercased() }
      ?? Int(text).flatMap { columns.indices.contains($0 - 1) ? $0 - 1 : nil }
  }

  /// The names of columns, ten of them at most; a position where another has the name.
  func list(_ indices: [Int]) -> String {
    Self.list(
      indices.map { index in
        let name = columns[index].name
        return column(named: name) == index ? name.bounded(to: 40) : String(index + 1)
      })
  }

  /// Names, ten of them at most.
  static func list(_ names: [String]) -> String {
    let more = names.count > 10 ? " and \(names.count - 10) more" : ""
    return names.prefix(10).map { "`\($0)`" }.joined(separator: ", ") + more
  }

  /// What to write to choose columns: "add `?y_column=val_loss` (`--y-column val_loss`)".
  func adding(_ role: ColumnRoles.Role, _ indices: [Int]) -> String {
    let value = value(of: indices)
    let inQuery = value.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? value
    let flag = "--" + role.option.replacing("_", with: "-")
    let isWord = value.unicodeScalars.allSatisfy(Self.word.contains)
    let inShell = isWord ? value : "'" + value.replacing("'", with: "'\\''") + "'"
    return "add `?\(role.option)=\(inQuery)` (`\(flag) \(inShell)`)"
  }

  /// Columns as an option names them: by their names, or by position where that is not enough.
  func value(of indices: [Int]) -> String {
    let names = indices.map { columns[$0].name }
    let areEnough = zip(indices, names).allSatisfy { index, name in
      column(named: name) == index && name != "column \(index + 1)"
        && name.unicodeScalars.count <= 60 && (indices.count == 1 || !name.contains(","))
    }
    return (areEnough ? names : indices.map { String($0 + 1) }).joined(separator: ",")
  }

  /// What stands for itself in a shell.
  private static let word = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/:,@")

  /// What stands for itself in the value of an option of a query.
  private static let plain = word.union(CharacterSet(charactersIn: "~!$()*;"))
}
