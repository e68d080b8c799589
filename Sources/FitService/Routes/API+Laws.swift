import HTTP
import HTTPTypes
import Jobs

// POST /evaluate and POST /simulate: what follows from constants that are given.

extension API {
  /// Refuses by the head what no body could mend.
  func judgeJSON(_ head: RequestHead) -> Response? {
    judge(head, takesTables: false) { if case .json = $0 { true } else { false } }
  }

  /// Evaluates a law at given x: no fit, no job.
  func evaluate(_ request: Request) async throws(Problem) -> Response {
    let json = try await read(FitBody(request)) { body throws(Problem) in
      let faults = Faults()
      guard let evaluation = Evaluation(try body.root(faults), within: limits) else {
        throw .unreadable(faults)
      }
      return JSONWriter.bytes(of: evaluation)
    }
    return Response(json: json)
  }

  /// Finds from where on a law is foreseen: a job like a fit.
  func simulate(_ request: Request) async throws(Problem) -> Response {
    let work = try await work(SimulationWork.kind, of: request) { body throws(Problem) in
      let faults = Faults()
      let root = try body.root(faults)
      guard let decoded = SimulationRequest(root, within: limits) else {
        throw .unreadable(faults)
      }
      return PostedWork(
        kind: SimulationWork.kind, payload: JSONWriter.bytes(of: root.value.withoutTimeLimit),
        labels: [:], timeout: decoded.timeout)
    }
    return try await answer(
      await jobRequest(work, request), request, .json(points: false, curve: false))
  }
}

extension JSONValue {
  /// The body of a request without its time limit, which is the job's and changes no number.
  fileprivate var withoutTimeLimit: JSONValue {
    guard case .object(var object) = self else { return self }
    object.members.removeAll { $0.name == "timeout_s" }
    return .object(object)
  }
}

extension Problem {
  static let onlyJSON = Problem(.notAcceptable, "This answer comes as application/json alone.")
}
