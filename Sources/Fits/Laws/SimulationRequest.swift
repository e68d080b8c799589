import Foundation
package import ScalingLaws

/// A decoded and checked request of `POST /simulate`.
package struct SimulationRequest {
  var simulation: Simulation
  /// How many seconds the job may run.
  package var timeout: Double

  private static let mostPrefixes = 200
  private static let mostRepeats = 100

  /// Decodes the body; nil when it has faults, which are then noted.
  package init?(_ body: JSONField, within limits: FitRequest.Limits) {
    let decoded = body.object { fields -> SimulationRequest? in
      let law = fields.required("constants")?.law(breaksAtMost: limits.breaks)
      let grid = fields.required("x").flatMap { $0.grid(atMost: limits.points) }
      let end = fields["evaluate_to"]?.number(.positive)
      let breaks = fields["breaks"]?.integer(in: 0...limits.breaks)
      let noise = fields["sigma"]?.number(.nonNegative)
      let repeats = fields["repeats"]?.integer(in: 1...Self.mostRepeats)
      let tolerance = fields["tolerance"]?.number(.positive)
      let prefixes = fields["prefixes"].flatMap { field in
        field.isWord("auto") ? nil : field.numbers(.positive, atMost: Self.mostPrefixes)
      }
      let seed = fields["seed"]?.integer(in: 0...Int.max)
      let timeout = limits.timeout(fields["timeout_s"])
      guard let law, let grid, let last = grid.values.last else { return nil }
      guard let beyond = grid.continued(to: end ?? 4 * last, atMost: limits.points) else {
        fields["evaluate_to"]?.refuse("asks for more than \(limits.points) x beyond the points")
        return nil
      }
      return SimulationRequest(
        simulation: Simulation(
          law: law, x: grid.values, evaluation: grid.values + beyond,
          breaks: breaks ?? law.breaks.count, noise: noise ?? 0, repeats: repeats ?? 1,
          tolerance: tolerance ?? 0.01, prefixes: prefixes, seed: UInt64(seed ?? 0)),
        timeout: timeout)
    }
    guard let decoded, body.faults.isEmpty else { return nil }
    self = decoded
  }

  private init(simulation: Simulation, timeout: Double) {
    self.simulation = simulation
    self.timeout = timeout
  }
}

/// The x at which a simulated curve is measured.
private struct MeasuredX {
  /// In ascending order, without repetition.
  let values: [Double]
  /// The distance between neighbours if it is constant.
  let step: Double?

  /// The x beyond the last value, up to `end`: with the same step, or 50 of them evenly in ln x.
  /// Nil when there would be more than `limit`.
  func continued(to end: Double, atMost limit: Int) -> [Double]? {
    guard let last = values.last, end > last else { return [] }
    guard let step else {
      let ratio = log(end) - log(last)
      return (1...50).map { index in min(exp(log(last) + ratio * Double(index) / 50), end) }
    }
    let count = ((end - last) / step + 1e-9).rounded(.down)
    guard count <= Double(limit) else { return nil }
    return count < 1 ? [] : (1...Int(count)).map { last + step * Double($0) }
  }
}

extension JSONField {
  /// The x of a simulated measurement: numbers, or `from`, `to` and `step`.
  fileprivate func grid(atMost limit: Int) -> MeasuredX? {
    guard case .object = value else {
      return numbers(.positive, atMost: limit).flatMap { numbers in
        let values = Set(numbers).sorted()
        if values.isEmpty { refuse("must not be empty") }
        return values.isEmpty ? nil : MeasuredX(values: values, step: nil)
      }
    }
    return object { range in
      let from = range.required("from")?.number(.positive)
      let to = range.required("to")?.number(.positive)
      let step = range["step"].map { $0.number(.positive) } ?? 1
      guard let from, let to, let step else { return nil }
      guard from < to else {
        refuse("`from` must be less than `to`")
        return nil
      }
      let count = ((to - from) / step + 1e-9).rounded(.down)
      guard count < Double(limit) else {
        refuse("has more than \(limit) x")
        return nil
      }
      return MeasuredX(values: (0...Int(count)).map { from + step * Double($0) }, step: step)
    }
  }
}

extension SimulationRequest {
  /// Decodes the payload of a request that was accepted before.
  ///
  /// - Throws: `UnreadablePayload`.
  package init(payload: [UInt8]) throws {
    let faults = Faults()
    let body = JSONField(try JSONDocument(stored: payload), faults: faults)
    guard let request = SimulationRequest(body, within: .none) else {
      throw UnreadablePayload(faults: faults.list)
    }
    self = request
  }

  /// Simulates, and answers with the payload that the request was read from.
  ///
  /// - Returns: the answer, or why the law cannot be simulated.
  /// - Throws: `CancellationError`.
  package func answer(
    payload: [UInt8], queued: Duration, execution: Execution
  ) throws(CancellationError) -> Result<StoredAnswer, FitFailure> {
    let clock = ContinuousClock()
    let start = clock.now
    do throws(FitError) {
      let report = try simulation.run(execution)
      let answer = SimulationAnswer(
        simulation: simulation, report: report, request: payload,
        timing: .init(queued: queued, fit: clock.now - start))
      let stored = StoredAnswer.Curve(answer: JSONWriter.bytes(of: answer), samples: nil)
      return .success(StoredAnswer(curves: [stored], compared: nil))
    } catch {
      guard var failure = FitFailure(error, FitOptions()) else { throw CancellationError() }
      switch error {
      case .tooFewDistinctX: failure.pointer = "/x"
      case .outsideObjective(_, let x, let y):
        failure.detail =
          "The law gives y = \(y.jsonText) at x = \(x.jsonText): it must be above 0 throughout."
        failure.pointer = "/constants"
      default: break
      }
      return .failure(failure)
    }
  }
}

/// The answer of `POST /simulate` in the names of the API.
private struct SimulationAnswer: JSONWritable {
  let simulation: Simulation
  let report: Simulation.Report
  /// The body of the request.
  let request: [UInt8]
  let timing: FitAnswer.Timing

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("engine_version", Engine.version)
      json.member("timing_ms", timing)
      json.member("sufficient_x", report.sufficientX)
      json.member("tolerance", simulation.tolerance)
      json.member("curve") { json in
        json.array { json in
          for step in report.curve {
            json.object {
              $0.member("x_max", step.xMax)
              $0.member("rmsle", step.rmsle)
            }
          }
        }
      }
      json.member("summary", summary)
      json.member("request") { $0.raw(request) }
    }
  }

  private var summary: String {
    let tolerance = simulation.tolerance.rounded(3)
    guard let x = report.sufficientX else {
      return "No number of these points forecasts the rest with an RMSLE below \(tolerance)."
    }
    return "Points up to x = \(x.rounded(6)) forecast the rest with an RMSLE below \(tolerance)."
  }
}
