/// Suggests corrections of misspelled names.
package enum Spelling {
  /// The name that `name` is most probably a misspelling of; nil when none is similar.
  ///
  /// A similar name differs in at most a third of the letters, or in one. Of equally similar names
  /// the first is returned.
  static func nearest(_ name: String, among names: some Sequence<String>) -> String? {
    let letters = Array(name.lowercased().unicodeScalars.prefix(65))
    guard letters.count <= 64 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in names {
      // A prefix suffices: a name of more than 96 letters is never similar to one of at most 64.
      let other = Array(candidate.lowercased().unicodeScalars.prefix(97))
      let distance = distance(letters, other)
      let allowed = max(1, max(letters.count, other.count) / 3)
      // A name that shares no letter is not similar.
      guard distance <= allowed, distance < other.count else { continue }
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// " (did you mean `predict`?)", or nothing: the end of a message about an unknown name.
  package static func suggestion(for name: String, among names: some Sequence<String>) -> String {
    nearest(name, among: names).map { " (did you mean `\($0)`?)" } ?? ""
  }

  /// The Damerau-Levenshtein distance (optimal string alignment): the smallest number of
  /// insertions, deletions, replacements and exchanges of neighbours, with each letter edited at
  /// most once.
  static func distance<Letter: Equatable>(_ a: [Letter], _ b: [Letter]) -> Int {
    // The last two rows of the table of distances between prefixes; `row` is the current one.
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
