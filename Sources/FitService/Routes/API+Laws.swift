import HTTP
import HTTPTypes
import Jobs

// POST /evaluate and POST /simulate: what follows from constants that are given.

extension API {
  /// Refuses by the head what no body could mend.
  func judgeJSON(_ head: RequestHead) -> Response? {
    do throws(Problem) {
      if case .csv = try BodyFormat(head.fields) {
        throw Problem(.unsupportedMediaType, "Constants are sent in application/json.")
      }
      guard case .json = try ResultQuery(head).face else { throw .onlyJSON }
      return nil
    } catch {
      return Response(error)
    }
  }

  /// Evaluates a law at given x: no fit, no job.
  func evaluate(_ request: Request) async throws(Problem) -> Response {
    let faults = Faults()
    let body = JSONField(try FitBody(request).document(), faults: faults)
    guard let evaluation = Evaluation(body, within: limits) else { throw .unreadable(faults) }
    return Response(json: JSONWriter.bytes(of: evaluation))
  }

  /// Finds from where on a law is foreseen: a job like a fit.
  func simulate(_ request: Request) async throws(Problem) -> Response {
    let faults = Faults()
    let document = try FitBody(request).document()
    guard
      let decoded = SimulationRequest(JSONField(document, faults: faults), within: limits)
    else { throw .unreadable(faults) }
    let payload = JSONWriter.bytes(of: document.root)
    let jobRequest = try jobRequest(
      kind: SimulationWork.kind, payload: payload, labels: [:], timeout: decoded.timeout, request)
    return try await answer(jobRequest, request, .json(points: false, curve: false))
  }
}

extension Problem {
  static let onlyJSON = Problem(.notAcceptable, "This answer comes as application/json alone.")

  /// The problem of a body whose reading failed.
  static func unreadable(_ faults: Faults) -> Problem {
    Problem(faults) ?? Problem(.invalidRequest, "The request cannot be understood.")
  }
}
