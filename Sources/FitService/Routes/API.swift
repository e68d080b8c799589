import Dispatch
import HTTP
import HTTPTypes
import Jobs
import Logging

/// The routes of the service: what answers which path, as one caller sees it.
///
/// Every function may be called from any thread.
struct API: Sendable {
  let queue: JobQueue
  let metrics: Metrics
  let limits: FitRequest.Limits
  /// How long a request is held by default and at most.
  let wait: (usual: Duration, longest: Duration)
  /// Whether the service has begun to stop.
  let isStopping: @Sendable () -> Bool
  /// Whether an owner's API key is valid still.
  var isValid: @Sendable (_ owner: String) -> Bool = { _ in true }
  let logger: Logger
  /// What was posted lately, as it was read.
  let recent = Locked(Recent<PostedWork.Key, PostedWork>(capacity: 4 << 20))

  /// Who asks; it is set before a route is.
  private(set) var caller = Caller()
  /// Whose jobs the caller may see.
  var owner: String { caller.owner }

  var router: Router {
    var router = Router { refusal in Response(Problem(refusal)) }
    router.add(.get, "/", traits: .open) { request, _ in .home(request) }
    router.add(.post, "/fit", bodyLimit: .max, judge: judgeFit) { request, _ in
      await respond(to: request) { api throws(Problem) in try await api.fit(request) }
    }
    router.add(.post, "/read", bodyLimit: .max, judge: judgeFit) { request, _ in
      await respond(to: request) { api throws(Problem) in try await api.readTable(request) }
    }
    router.add(.post, "/evaluate", bodyLimit: evaluationLimit, judge: judgeJSON) { request, _ in
      await respond(to: request) { api throws(Problem) in try await api.evaluate(request) }
    }
    router.add(.post, "/simulate", bodyLimit: .max, judge: judgeJSON) { request, _ in
      await respond(to: request) { api throws(Problem) in try await api.simulate(request) }
    }
    router.add(.get, "/jobs") { request, _ in
      await respond(to: request) { api throws(Problem) in try await api.listJobs(request) }
    }
    router.add(.get, "/jobs/{id}") { request, path in
      await respond(to: request) { api throws(Problem) in try await api.job(path["id"], request) }
    }
    router.add(.delete, "/jobs/{id}") { request, path in
      await respond(to: request) { api throws(Problem) in try await api.deleteJob(path["id"]) }
    }
    router.add(.get, "/jobs/{id}/result") { request, path in
      await respond(to: request) { api throws(Problem) in try await api.result(path["id"], request)
      }
    }
    router.add(.get, "/jobs/{id}/events") { request, path in
      await respond(to: request) { api throws(Problem) in try await api.events(path["id"], request)
      }
    }
    router.add(.post, "/jobs/{id}/cancel") { request, path in
      await respond(to: request) { api throws(Problem) in try await api.cancelJob(path["id"]) }
    }
    router.add(.get, "/healthz", traits: [.open, .uncounted]) { _, _ in .health }
    router.add(.get, "/readyz", traits: [.open, .uncounted]) { _, _ in await readiness() }
    router.add(.get, "/metrics") { _, _ in await figures() }
    router.add(.get, "/version", traits: .open) { _, _ in .version }
    router.add(.get, "/openapi.yaml", traits: .open) { request, _ in .openAPI(request) }
    router.add(.get, "/problems/{code}", traits: .open) { request, path in
      .explanation(of: path["code"], request)
    }
    return router
  }

  /// Bytes of a body that asks for an evaluation: 32 hold a number of 17 digits with its sign,
  /// exponent and separator, for each x that there may be, and 64 KiB all the rest.
  private var evaluationLimit: Int { 64 * 1024 + 32 * limits.predictions }

  /// Answers, or says why not; what is stored in between depends on these fields.
  ///
  /// `body` gets the routes as the request's caller sees them.
  private func respond(
    to request: Request, _ body: (API) async throws(Problem) -> Response
  ) async -> Response {
    var api = self
    api.caller = request.caller
    var response: Response
    do throws(Problem) {
      response = try await body(api)
    } catch {
      response = Response(error)
    }
    response.fields[.vary] = "Accept, Prefer, Authorization"
    return response
  }
}
