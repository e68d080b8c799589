import Fits
import HTTP
import HTTPTypes
import Jobs

// POST /evaluate and POST /simulate: laws with given constants.

extension Call {
  /// Evaluates a law at given x, without a fit or a job.
  func evaluate() throws(Problem) -> Route.Reply {
    let format = try formatOfJSON()
    return { request throws(Problem) in
      let json = try await read(FitBody(format, request)) { body throws(Problem) in
        let faults = Faults()
        guard let evaluation = Evaluation(try body.root(faults), within: api.limits) else {
          throw .unreadable(faults)
        }
        return JSONWriter.bytes(of: evaluation)
      }
      return Response(json: json)
    }
  }

  /// Submits a job that finds from which x on a law can be forecast.
  func simulate() throws(Problem) -> Route.Reply {
    let format = try formatOfJSON()
    return { request throws(Problem) in
      let body = FitBody(format, request)
      let work = try await work(SimulationWork.kind, body) { body throws(Problem) in
        let faults = Faults()
        let root = try body.root(faults)
        guard let decoded = SimulationRequest(root, within: api.limits) else {
          throw .unreadable(faults)
        }
        return PostedWork(
          kind: SimulationWork.kind, payload: JSONWriter.bytes(of: root.value.withoutTimeLimit),
          labels: [:], timeout: decoded.timeout)
      }
      return try await answer(
        await jobRequest(work, request), .json(points: false, curve: false))
    }
  }

  /// The format of a body that must be JSON and is answered in JSON.
  private func formatOfJSON() throws(Problem) -> BodyFormat {
    let format = try BodyFormat(head.fields, takesTables: false)
    guard case .json = try ResultFormat(head) else { throw .onlyJSON }
    return format
  }
}

extension JSONValue {
  /// The body of a request without its time limit, which changes no number of the answer.
  fileprivate var withoutTimeLimit: JSONValue {
    guard case .object(var object) = self else { return self }
    object.members.removeAll { $0.name == "timeout_s" }
    return .object(object)
  }
}

extension Problem {
  static let onlyJSON = Problem(.notAcceptable, "This answer exists as application/json only.")
}
