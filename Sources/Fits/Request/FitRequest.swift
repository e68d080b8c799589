public import ScalingLaws

/// A request to fit one curve: everything is decided, nothing is left to check.
public struct FitRequest: Sendable, Hashable {
  /// What to fit.
  public var points: Points
  /// How, and what is asked of the fit.
  public var options = FitOptions()
  /// Free texts that are returned and shown on plots.
  public var labels: [String: String] = [:]
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

    /// The limits that the service has by default.
    public init(
      points: Int = 100_000, totalPoints: Int = 1_000_000, curves: Int = 1_000,
      breaks: Int = FitOptions.mostBreaks, predictions: Int = 10_000, samples: Int = 20_000,
      timeout: Double = 60
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
      points: .max, totalPoints: .max, curves: .max, predictions: .max, samples: .max,
      timeout: .infinity)

    /// How many seconds a job may run, by the member `timeout_s` of its request.
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
    for option in FitOption.all { json.member(option.name, ifPresent: option.value(self)) }
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
}
