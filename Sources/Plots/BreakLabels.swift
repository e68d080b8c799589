/// The numbers above the dotted lines of breaks, in one row, moved sideways so that they do not
/// overlap.
struct BreakLabels {
  struct Label {
    let text: String
    /// The middle of the text.
    var middle: Double
    /// Where the break is drawn.
    let line: Double
    let starts: Double?
    let ends: Double?

    var width: Double { text.ems * Drawing.fontSize + 10 }
  }

  let labels: [Label]

  /// Labels the breaks between `left` and `right`, where `place` puts an x.
  init(_ breaks: [Chart.Break], from left: Double, to right: Double, place: (Double) -> Double?) {
    var labels = breaks.compactMap { b -> Label? in
      guard let line = place(b.x), left <= line, line <= right else { return nil }
      return Label(
        text: NumberText.short(b.x), middle: line, line: line, starts: b.starts.flatMap(place),
        ends: b.ends.flatMap(place))
    }.sorted { $0.line < $1.line }
    // From left to right, move each label behind the one before it; then from right to left, move
    // the labels back inside the axes.
    var free = left
    for index in labels.indices {
      let half = labels[index].width / 2
      labels[index].middle = max(labels[index].middle, free + half)
      free = labels[index].middle + half
    }
    var end = right
    for index in labels.indices.reversed() {
      let half = labels[index].width / 2
      labels[index].middle = min(labels[index].middle, end - half)
      end = labels[index].middle - half
    }
    self.labels = labels
  }
}
