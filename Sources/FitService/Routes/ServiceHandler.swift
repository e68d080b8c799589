import HTTP
import HTTPTypes

/// What stands before and after the routes: who may ask, and what every answer carries.
struct ServiceHandler: Handler {
  let router: Router
  let origins: OriginPolicy

  func judge(_ head: RequestHead) -> Response? {
    let name = RequestID.name(for: head)
    return RequestID.$current.withValue(name) {
      (refusal(of: head) ?? router.judge(head)).map { complete($0, head, name) }
    }
  }

  func respond(to request: Request) async -> Response {
    let name = RequestID.name(for: request.head)
    let response = await RequestID.$current.withValue(name) {
      await router.respond(to: request)
    }
    return complete(response, request.head, name)
  }

  func response(to refusal: Refusal) -> Response {
    let name = RequestID.made()
    return RequestID.$current.withValue(name) {
      complete(router.response(to: refusal), nil, name)
    }
  }

  private func refusal(of head: RequestHead) -> Response? {
    switch origins.refusal(of: head) {
    case .misdirected:
      Response(
        Problem(
          .misdirectedRequest,
          "The server listens on the loopback address and is not known by the name in `Host`."))
    case .crossSite:
      Response(
        Problem(.forbiddenOrigin, "A web page of another site sent this request."))
    case nil: nil
    }
  }

  private func complete(_ response: Response, _ head: RequestHead?, _ name: String) -> Response {
    var response = response
    response.requestID = name
    response.fields[.requestID] = name
    response.fields[.xContentTypeOptions] = "nosniff"
    if let head { origins.allow(&response, for: head) }
    return response
  }
}

extension OriginPolicy {
  /// Tells the browser that the page may read the answer (Fetch standard, CORS protocol).
  fileprivate func allow(_ response: inout Response, for head: RequestHead) {
    guard !corsOrigins.isEmpty else { return }
    response.fields[.vary] = [response.fields[.vary], "Origin"].compactMap { $0 }
      .joined(separator: ", ")
    guard let origin = allowedOrigin(of: head) else { return }
    response.fields[.accessControlAllowOrigin] = origin
    response.fields[.accessControlExposeHeaders] =
      "Location, Retry-After, ETag, Link, Preference-Applied, Cache-Status, X-Request-Id"
    guard head.method == .options else { return }
    response.fields[.accessControlAllowMethods] = response.fields[.allow]
    response.fields[.accessControlAllowHeaders] =
      "Content-Type, Accept, Prefer, Cache-Control, Idempotency-Key, Authorization, X-Request-Id"
    response.fields[.accessControlMaxAge] = "600"
  }
}
