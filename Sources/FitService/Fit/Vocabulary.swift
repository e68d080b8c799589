import Jobs
import ScalingLaws

/// The names by which JSON calls the values of a closed set, for reading and writing.
///
/// A name is made by a switch over all cases, so a case that is added anywhere stops the build until
/// it has its name.
struct Vocabulary<Value: Sendable>: Sendable {
  /// The values that may be read.
  private let values: [Value]
  let name: @Sendable (Value) -> String

  init(_ values: [Value], name: @escaping @Sendable (Value) -> String) {
    self.values = values
    self.name = name
  }

  var names: [String] { values.map(name) }

  func value(named name: String) -> Value? {
    values.first { self.name($0) == name }
  }
}

extension JSONField {
  /// One of the strings of a vocabulary.
  func oneOf<Value>(_ vocabulary: Vocabulary<Value>) -> Value? {
    let expected = "one of " + vocabulary.names.map { "`\($0)`" }.joined(separator: ", ")
    guard let string = value.string else { return refuse(expected: expected) }
    guard let value = vocabulary.value(named: string) else {
      let suggestion = Spelling.suggestion(for: string, among: vocabulary.names)
      return refuse(expected: expected, got: "`\(string.bounded(to: 40))`\(suggestion)")
    }
    return value
  }
}

extension Vocabulary<FitOptions.Selection> {
  static let selection = Vocabulary([.aicc, .holdOut]) {
    switch $0 {
    case .aicc: "aicc"
    case .holdOut: "holdout"
    }
  }
}

extension Vocabulary<FitOptions.ForecastKind> {
  static let forecast = Vocabulary([.combined, .single]) {
    switch $0 {
    case .combined: "combined"
    case .single: "single"
    }
  }
}

extension Vocabulary<FitOptions.Direction> {
  static let direction = Vocabulary([.lowerIsBetter, .higherIsBetter]) {
    switch $0 {
    case .lowerIsBetter: "lower_is_better"
    case .higherIsBetter: "higher_is_better"
    }
  }
}

extension Vocabulary<Progress> {
  static let progress = Vocabulary([.increasing, .decreasing]) {
    switch $0 {
    case .increasing: "increasing"
    case .decreasing: "decreasing"
    }
  }
}

extension Vocabulary<Objective.Choice> {
  static let objective = Vocabulary(
    [.automatic, .given(.log), .given(.log1p), .given(.linear)]
  ) {
    switch $0 {
    case .automatic: "auto"
    case .given(.log): "log"
    case .given(.log1p): "log1p"
    case .given(.linear): "linear"
    }
  }
}

extension Vocabulary<FitOptions.Loss> {
  static let loss = Vocabulary([.squared, .huber]) {
    switch $0 {
    case .squared: "squared"
    case .huber: "huber"
    }
  }
}

extension Vocabulary<FitOptions.Intervals.Method> {
  static let intervalMethod = Vocabulary([.automatic, .delta, .bootstrap, .none]) {
    switch $0 {
    case .automatic: "auto"
    case .delta: "delta"
    case .bootstrap: "bootstrap"
    case .none: "none"
    }
  }
}

extension Vocabulary<JobState> {
  static let jobState = Vocabulary(JobState.allCases) {
    switch $0 {
    case .queued: "queued"
    case .running: "running"
    case .succeeded: "succeeded"
    case .failed: "failed"
    case .cancelled: "cancelled"
    }
  }
}
