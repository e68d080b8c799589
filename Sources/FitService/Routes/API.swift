import Dispatch
import HTTP
import HTTPTypes
import Jobs
import Logging

/// The routes of the service: what answers which path.
///
/// Holds no state of its own; every function may be called from any thread.
struct API: Sendable {
  let queue: JobQueue
  let limits: FitRequest.Limits
  /// How long a request is held by default and at most.
  let wait: (usual: Duration, longest: Duration)
  /// Whether the service has begun to stop.
  let isStopping: @Sendable () -> Bool
  let logger: Logger

  /// Whose jobs a request may see: there are no keys yet, so everybody's.
  let owner = ""

  var router: Router {
    var router = Router { refusal in Response(Problem(refusal)) }
    router.add(.get, "/") { _, _ in .welcome }
    router.add(.post, "/fit", judge: judgeFit) { request, _ in
      await respond { () throws(Problem) in try await fit(request) }
    }
    router.add(.get, "/jobs") { request, _ in
      await respond { () throws(Problem) in try await listJobs(request) }
    }
    router.add(.get, "/jobs/{id}") { request, path in
      await respond { () throws(Problem) in try await job(path["id"], request) }
    }
    router.add(.delete, "/jobs/{id}") { _, path in
      await respond { () throws(Problem) in try await deleteJob(path["id"]) }
    }
    router.add(.get, "/jobs/{id}/result") { request, path in
      await respond { () throws(Problem) in try await result(path["id"], request) }
    }
    router.add(.post, "/jobs/{id}/cancel") { _, path in
      await respond { () throws(Problem) in try await cancelJob(path["id"]) }
    }
    router.add(.get, "/healthz") { _, _ in .health }
    router.add(.get, "/readyz") { _, _ in await readiness() }
    router.add(.get, "/version") { _, _ in .version }
    router.add(.get, "/openapi.yaml") { request, _ in .openAPI(request) }
    router.add(.get, "/problems/{code}") { request, path in
      .explanation(of: path["code"], request)
    }
    return router
  }

  /// Answers, or says why not; what is stored in between depends on these fields.
  private func respond(_ body: () async throws(Problem) -> Response) async -> Response {
    var response: Response
    do throws(Problem) {
      response = try await body()
    } catch {
      response = Response(error)
    }
    response.fields[.vary] = "Accept, Prefer, Authorization"
    return response
  }
}
