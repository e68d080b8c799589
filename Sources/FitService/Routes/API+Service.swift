import HTTP
import HTTPTypes
import Jobs
import Logging

// The state of the service, and its documentation.

extension API {
  /// Whether new work is taken, and if not, why.
  func readiness() async -> Response {
    var reasons: [String] = []
    if isStopping() { reasons.append("the service is stopping") }
    if let trouble = queue.storeTrouble { reasons.append(trouble.reason) }
    do throws(JobError) {
      _ = try await queue.list(owner: owner, limit: 1)
    } catch {
      logger.error("the store does not answer", metadata: ["cause": "\(error)"])
      // A store that is closed is the stop's doing.
      if error != .stopping { reasons.append("the store does not answer") }
    }
    var json = JSONWriter()
    json.object {
      $0.member("ready", reasons.isEmpty)
      $0.member("reasons", reasons)
    }
    return Response(status: reasons.isEmpty ? .ok : .serviceUnavailable, json: json.bytes)
  }
}

extension API {
  /// The figures of the service, in the text format of Prometheus.
  func figures() async -> Response {
    let connections = metrics.connections
    var jobs: JobGauges?
    do throws(JobError) {
      jobs = try await queue.gauges()
    } catch {
      logger.error("the store does not answer", metadata: ["cause": "\(error)"])
    }
    let report = MetricsReport(
      counts: metrics.current, connections: (connections.open, connections.accepted), jobs: jobs)
    return Response(
      status: .ok, fields: [.contentType: MetricsText.mediaType, .cacheControl: "no-store"],
      body: .bytes(Array(report.text.utf8)))
  }
}

extension Response {
  static let health = Response(json: Array(#"{"status":"ok"}"#.utf8))

  static let version: Response = {
    var json = JSONWriter()
    json.object {
      $0.member("name", "bnsl")
      $0.member("version", Release.version)
      $0.member("engine_version", Engine.version)
      $0.member("sqlite_version", ifPresent: SQLiteStore.libraryVersion)
    }
    return Response(json: json.bytes)
  }()

  /// The contract, as it stands at the top of the repository.
  static func openAPI(_ request: Request) -> Response {
    var response = Response(
      status: .ok,
      fields: [
        .contentType: "application/yaml", .cacheControl: "no-cache", .eTag: openAPITag,
      ], body: .bytes(PackageResources.openapi_yaml))
    response.revalidate(request.fields[.ifNoneMatch])
    return response
  }

  /// A policy for what holds its own styles and nothing that runs or is fetched.
  static let onlyOwnStyles = "default-src 'none'; style-src 'unsafe-inline'"

  private static let openAPITag =
    "\"\(SHA256.digest(of: PackageResources.openapi_yaml).hexadecimal.prefix(32))\""

  /// What a code of a problem or a warning means: HTML for a browser, else text.
  static func explanation(of code: String, _ request: Request) -> Response {
    guard let page = ProblemPage(code: code) else {
      let codes = ProblemPage.codes.joined(separator: ", ")
      return Response(Problem(.notFound, "There is no such code. The codes: \(codes)."))
    }
    let isHTML = Accept(request.fields[.accept]).prefersHTML
    var response = Response(
      status: .ok,
      fields: [
        .contentType: isHTML ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
        .vary: "Accept",
      ], body: .bytes(Array((isHTML ? page.html : page.text).utf8)))
    if isHTML {
      response.fields[.contentSecurityPolicy] = onlyOwnStyles
    }
    return response
  }

  /// Becomes 304 when the client's copy is current (RFC 9110 section 13.1.2).
  mutating func revalidate(_ ifNoneMatch: String?) {
    guard let ifNoneMatch, let own = fields[.eTag],
      let tag = EntityTag(strong: String(own.dropFirst().dropLast())),
      tag.isNamed(byIfNoneMatch: ifNoneMatch)
    else { return }
    status = .notModified
    fields[.contentType] = nil
    body = .bytes([])
  }
}
