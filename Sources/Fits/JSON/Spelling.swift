/// Guesses what somebody meant to write.
package enum Spelling {
  /// The one of `names` that `name` is most probably a misspelling of, or nil when none is near.
  ///
  /// Near is at most a third of the letters wrong, at least one; the first of equals wins.
  static func nearest(_ name: String, among names: some Sequence<String>) -> String? {
    let letters = Array(name.lowercased().unicodeScalars.prefix(65))
    guard letters.count <= 64 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in names {
      // Of a name longer than by half, which is not near, as much as shows it.
      let other = Array(candidate.lowercased().unicodeScalars.prefix(97))
      let distance = distance(letters, other)
      let allowed = max(1, max(letters.count, other.count) / 3)
      // A word replaced letter by letter is another word.
      guard distance <= allowed, distance < other.count else { continue }
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// " (did you mean `predict`?)", or nothing: the end of a message about an unknown name.
  package static func suggestion(for name: String, among names: some Sequence<String>) -> String {
    nearest(name, among: names).map { " (did you mean `\($0)`?)" } ?? ""
  }

  /// Damerau and Levenshtein's distance: the fewest insertions, deletions, replacements and
  /// exchanges of neighbours, none of them touching the same letter twice.
  static func distance<Letter: Equatable>(_ a: [Letter], _ b: [Letter]) -> Int {
    // Rows of the table of distances between prefixes: two back, one back, and the present one.
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var least = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          least = min(least, beforeLast[j - 1] + 1)
        }
        row.append(least)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
