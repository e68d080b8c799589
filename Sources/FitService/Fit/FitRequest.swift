public import ScalingLaws

/// A request to fit one curve: everything is decided, nothing is left to check.
public struct FitRequest: Sendable, Hashable {
  /// What to fit.
  public var points: Points
  /// How, and what is asked of the fit.
  public var options: FitOptions
  /// Free texts that are returned and shown on plots.
  public var labels: [String: String]
  /// How many seconds the job may run.
  public var timeout: Double
  /// What was read from a table; nil when the points came in JSON.
  var reading: TableReading?

  /// What a request may ask for at most.
  public struct Limits: Sendable {
    /// Of one curve.
    public var points: Int
    /// Of all curves together.
    public var totalPoints: Int
    public var curves: Int
    public var breaks: Int
    /// Values asked for by `predict` and `solve_for`, of all curves together.
    public var predictions: Int
    /// Resamples of the bootstrap, of all curves together.
    public var samples: Int
    /// In seconds, and 5 more for each of several curves; also what a request gets that does not
    /// say.
    public var timeout: Double

    public init(
      points: Int, totalPoints: Int = .max, curves: Int = .max, breaks: Int, predictions: Int,
      samples: Int = 20_000, timeout: Double
    ) {
      self.points = points
      self.totalPoints = totalPoints
      self.curves = curves
      self.breaks = breaks
      self.predictions = predictions
      self.samples = samples
      self.timeout = timeout
    }

    /// For requests that have passed the limits before: those that the store gives back.
    static let none = Limits(
      points: .max, breaks: 5, predictions: .max, samples: .max, timeout: .infinity)

    /// How many seconds a job may run, by what its request says of it.
    func timeout(_ field: JSONField?) -> Double {
      guard let wanted = field?.number(.positive) else { return timeout }
      if wanted > timeout {
        field?.refuse("must be at most \(timeout.jsonText), is \(wanted.jsonText)")
      }
      return wanted
    }
  }
}

// MARK: Canonical form

extension FitRequest {
  /// The request in its one canonical spelling, in two parts: the options, and the points.
  ///
  /// Points stand in ascending order of x and every option has its effective value, so requests
  /// that mean the same have the same bytes. The time limit is the job's and changes no number, so
  /// it is no part of it. Joined, the parts are a body that `POST /fit` takes.
  struct Canonical: Sendable, Equatable {
    /// An object, never empty.
    var options: [UInt8]
    /// An object, never empty.
    var points: [UInt8]

    /// Both parts as one object.
    var joined: [UInt8] { options.dropLast() + [UInt8(ascii: ",")] + points.dropFirst() }

    /// Both parts, one on each line, as a job carries them.
    var payload: [UInt8] { options + [UInt8(ascii: "\n")] + points }
  }

  var canonical: Canonical {
    var options = JSONWriter()
    options.object(writeOptions)
    var points = JSONWriter()
    points.object(writePoints)
    return Canonical(options: options.bytes, points: points.bytes)
  }

  private func writeOptions(to json: inout JSONWriter) {
    json.member("predict", ifPresent: options.predictions)
    if case .last(let count) = options.heldOut { json.member("held_out", count) }
    switch options.breaks {
    case .automatic(let max):
      json.member("breaks", "auto")
      json.member("max_breaks", max)
      json.member("selection", Vocabulary.selection.name(options.selection))
    case .exactly(let count):
      json.member("breaks", count)
    }
    json.member("forecast", ifPresent: options.forecast.map(Vocabulary.forecast.name))
    json.member("prior", ifPresent: options.prior)
    json.member("direction", Vocabulary.direction.name(options.direction))
    json.member("x_direction", Vocabulary.progress.name(options.progress))
    json.member("objective", Vocabulary.objective.name(options.objective))
    json.member("loss", Vocabulary.loss.name(options.loss))
    if !options.fixed.isEmpty {
      json.member("fixed") { json in
        json.object { for (name, value) in sortedByName(options.fixed) { $0.member(name, value) } }
      }
    }
    if !options.bounds.isEmpty {
      json.member("bounds") { json in
        json.object { json in
          for (name, range) in sortedByName(options.bounds) {
            json.member(name, [range.lowerBound, range.upperBound])
          }
        }
      }
    }
    json.member("intervals") { json in
      json.object {
        $0.member("level", options.intervals.level)
        $0.member("method", Vocabulary.intervalMethod.name(options.intervals.method))
        if options.intervals.method == .bootstrap {
          $0.member("samples", options.intervals.resampleCount)
        }
      }
    }
    switch options.crop {
    case .none: break
    case .automatic: json.member("crop", "auto")
    case .from(let x): json.member("crop", x)
    }
    json.member("ceiling", ifPresent: options.ceiling)
    json.member("random_guess", ifPresent: options.randomGuess)
    if !options.solveFor.isEmpty { json.member("solve_for", options.solveFor) }
    if !options.forms.isEmpty { json.member("forms", options.forms.map(\.rawValue)) }
    if !labels.isEmpty { json.member("labels") { $0.object(labels: labels) } }
    json.member("seed", Int(clamping: options.seed))
    json.member("read", ifPresent: reading)
  }

  private func writePoints(to json: inout JSONWriter) {
    json.member("x", points.x)
    json.member("y", points.y)
    switch points.noise {
    case .unknown: break
    case .standardErrors(let values): json.member("sigma", values)
    case .weights(let values): json.member("weights", values)
    case .trials(let values): json.member("trials", values)
    }
    if case .points(let heldOut) = options.heldOut {
      json.member("held_out") { json in
        json.object {
          $0.member("x", heldOut.x)
          $0.member("y", heldOut.y)
        }
      }
    }
  }

  private func sortedByName<Value>(_ values: [Constant: Value]) -> [(String, Value)] {
    values.map { ($0.description, $1) }.sorted { $0.0 < $1.0 }
  }
}

extension JSONWriter {
  /// Writes labels as an object, in one order.
  mutating func object(labels: [String: String]) {
    object { json in
      for (name, text) in labels.sorted(by: { $0.key < $1.key }) { json.member(name, text) }
    }
  }
}

extension [UInt8] {
  /// Two lower-case hexadecimal digits a byte.
  var hexadecimal: String {
    let digits = Array<UInt8>("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 2 * count) { text in
      for (index, byte) in enumerated() {
        text[2 * index] = digits[Int(byte >> 4)]
        text[2 * index + 1] = digits[Int(byte & 15)]
      }
      return 2 * count
    }
  }
}
