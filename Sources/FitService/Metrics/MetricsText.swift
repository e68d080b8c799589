/// Writes figures in the text format of Prometheus, version 0.0.4.
///
/// All samples of a metric are written together, after its name, its help and its type:
///
/// ```swift
/// text.family("bnsl_jobs", .gauge, "Jobs in the store.") {
///   $0.sample(3, ["state": "running"])
/// }
/// ```
struct MetricsText {
  static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

  enum Kind: String {
    case counter, gauge, histogram
  }

  typealias Labels = KeyValuePairs<String, String>

  private(set) var text = ""

  /// Writes a family; the closure writes its samples. One without samples is left out.
  mutating func family(
    _ name: String, _ kind: Kind, _ help: String, _ samples: (inout Samples) -> Void
  ) {
    var written = Samples(name: name)
    samples(&written)
    guard !written.text.isEmpty else { return }
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n" + written.text
  }

  /// Writes a family of one sample without labels.
  mutating func value(
    _ name: String, _ kind: Kind, _ help: String, _ value: (some MetricsNumber)?
  ) {
    family(name, kind, help) { if let value { $0.sample(value) } }
  }

  /// The samples of one family.
  struct Samples {
    fileprivate let name: String
    fileprivate var text = ""

    mutating func sample(_ value: some MetricsNumber, _ labels: Labels = [:]) {
      line(name, labels, value.metricsText)
    }

    /// Writes the buckets, each of which holds the ones before it, the sum and the count.
    mutating func sample(_ histogram: Histogram, _ labels: Labels = [:]) {
      var count = 0
      let ends = Histogram.bounds.map(\.metricsText) + ["+Inf"]
      for (end, inBucket) in zip(ends, histogram.counts) {
        count += inBucket
        line("\(name)_bucket", Array(labels) + [("le", end)], count.metricsText)
      }
      line("\(name)_sum", labels, histogram.sum.metricsText)
      line("\(name)_count", labels, count.metricsText)
    }

    private mutating func line(
      _ name: String, _ labels: some Sequence<(key: String, value: String)>, _ value: String
    ) {
      let list = labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
      text += name + (list.isEmpty ? "" : "{\(list)}") + " \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
      value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        .replacing("\n", with: "\\n")
    }
  }
}

/// A number as a sample has it.
protocol MetricsNumber {
  var metricsText: String { get }
}

extension Int: MetricsNumber {
  var metricsText: String { description }
}

extension Double: MetricsNumber {
  var metricsText: String {
    if isNaN { return "NaN" }
    return isFinite ? description : self > 0 ? "+Inf" : "-Inf"
  }
}
