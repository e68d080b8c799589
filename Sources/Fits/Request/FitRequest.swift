public import ScalingLaws

/// A decoded and checked request to fit one curve.
public struct FitRequest: Sendable, Hashable {
  public var points: Points
  public var options = FitOptions()
  /// Free texts, repeated in the answer and shown on plots.
  public var labels: [String: String] = [:]
  /// The time limit of the job, in seconds.
  public var timeout: Double
  /// The curve that the other curves of the request are compared with; nil: the first.
  public var baseline: String?
  /// How the table was read; nil when the points came in JSON.
  var reading: TableReading?

  /// The limits of a request.
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
    /// In seconds, and 5 more for each of several curves; also the default of a request's time
    /// limit.
    public var timeout: Double

    /// The default limits of the service.
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

    /// For stored requests, which were checked before.
    static let none = Limits(
      points: .max, totalPoints: .max, curves: .max, predictions: .max, samples: .max,
      timeout: .infinity)

    /// The time limit of a job in seconds, by the member `timeout_s` of its request.
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
  /// The request in canonical form, in two parts: the options, and the points.
  ///
  /// Points are in ascending order of x and every option has its effective value, so equivalent
  /// requests have equal bytes. The time limit is left out, because it changes no number. The
  /// joined parts are a valid body of `POST /fit`.
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

/// Decodes the request for one curve, or notes all its faults.
///
/// Used for JSON and for tables: a table holds the points, its query the options.
struct FitRequestDecoder {
  let limits: FitRequest.Limits

  /// Decodes a request in JSON; nil when it has faults, which are then noted.
  ///
  /// Options that several curves share come from `shared`; `readMore` reads members that only a
  /// curve among several has.
  func decode(
    _ body: JSONField, sharing shared: JSONFields? = nil,
    readMore: (JSONFields) -> Void = { _ in }
  ) -> FitRequest? {
    decode(body, sharing: shared) { fields in
      readMore(fields)
      return MeasurementFields(fields, of: body).measurements(atMost: limits.points)
    }
  }

  /// Decodes the options for points that are known; nil when there are no points or faults are
  /// noted.
  func decode(
    _ body: JSONField, sharing shared: JSONFields? = nil, measured: Measurements?
  ) -> FitRequest? {
    decode(body, sharing: shared) { fields in
      MeasurementFields(fields, of: body).refuseAll()
      return measured
    }
  }

  private func decode(
    _ body: JSONField, sharing shared: JSONFields?, measure: (JSONFields) -> Measurements?
  ) -> FitRequest? {
    let request = body.object(sharing: shared) { fields -> FitRequest? in
      let measured = measure(fields)
      // Options are read without points too, for their faults.
      var request = FitRequest(points: measured?.points ?? .none, timeout: limits.timeout)
      request.options.heldOut = measured?.heldOut ?? .none
      let reading = fields["read"].flatMap(TableReading.init)
      request.reading = measured?.reading ?? reading
      for option in FitOption.all { option.read(fields[option.name], limits, &request) }
      return measured == nil ? nil : request
    }
    return body.faults.isEmpty ? request : nil
  }
}
