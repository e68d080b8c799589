import Jobs
import ScalingLaws

/// What a worker does for `POST /simulate`: the body of the request in, the answer out.
enum SimulationWork {
  /// The kind of job that this is the work of.
  static let kind = "simulate"

  /// Simulates what the job asks for; runs on a thread of the pool, its fits on others.
  ///
  /// - Throws: `CancellationError`, or what proves a mistake of ours.
  static func run(_ context: JobContext) throws -> JobOutcome {
    let faults = Faults()
    let body = JSONField(try JSONDocument(stored: context.payload), faults: faults)
    guard let request = SimulationRequest(body, within: .none) else {
      throw UnreadablePayload(faults: faults.list)
    }
    let clock = ContinuousClock()
    let start = clock.now
    do throws(FitError) {
      let outcome = try request.simulation.run(Execution(context))
      let answer = SimulationAnswer(
        simulation: request.simulation, outcome: outcome, request: context.payload,
        timing: .init(queued: context.queueWait, fit: clock.now - start))
      let stored = StoredAnswer.Curve(answer: JSONWriter.bytes(of: answer), samples: nil)
      return .succeeded(StoredAnswer(curves: [stored], compared: nil).bytes)
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
      return .failed(JSONWriter.bytes(of: failure))
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
