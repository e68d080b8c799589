package import ScalingLaws

extension SimulationRequest {
  /// Reads back what was accepted once.
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
      let outcome = try simulation.run(execution)
      let answer = SimulationAnswer(
        simulation: simulation, outcome: outcome, request: payload,
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
  let outcome: Simulation.Outcome
  /// The body of the request.
  let request: [UInt8]
  let timing: FitAnswer.Timing

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("engine_version", Engine.version)
      json.member("timing_ms", timing)
      json.member("sufficient_x", outcome.sufficientX)
      json.member("tolerance", simulation.tolerance)
      json.member("curve") { json in
        json.array { json in
          for step in outcome.curve {
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
    guard let x = outcome.sufficientX else {
      return "No number of these points foresees the rest with an RMSLE below \(tolerance)."
    }
    return "Points up to x = \(x.rounded(6)) foresee the rest with an RMSLE below \(tolerance)."
  }
}
