import Fits
import HTTP
import HTTPTypes
import Jobs
import Logging

// The state of the service, and its documentation.

extension Call {
  /// Whether the service accepts new work, and if not, why.
  func readiness() async -> Response {
    var reasons: [String] = []
    if api.isStopping() { reasons.append("the service is stopping") }
    if let trouble = api.queue.storeTrouble { reasons.append(trouble.reason) }
    do throws(JobError) {
      _ = try await api.queue.list(owner: owner, limit: 1)
    } catch {
      api.logger.error("the store does not answer", metadata: ["cause": "\(error)"])
      // While the service stops, its store is closed.
      if error != .stopping { reasons.append("the store does not answer") }
    }
    var json = JSONWriter()
    json.object {
      $0.member("ready", reasons.isEmpty)
      $0.member("reasons", reasons)
    }
    return Response(status: reasons.isEmpty ? .ok : .serviceUnavailable, json: json.bytes)
  }

  /// The figures of the service, in the text format of Prometheus.
  func figures() async -> Response {
    let connections = api.metrics.connections
    var jobs: JobGauges?
    do throws(JobError) {
      jobs = try await api.queue.gauges()
    } catch {
      api.logger.error("the store does not answer", metadata: ["cause": "\(error)"])
    }
    let report = MetricsReport(
      counts: api.metrics.current,
      connections: (connections.open, connections.accepted), jobs: jobs)
    return Response(
      status: .ok, fields: [.contentType: MetricsText.mediaType, .cacheControl: "no-store"],
      body: .bytes(Array(report.text.utf8)))
  }

  func health() -> Response { .health }

  func version() -> Response { .version }

  /// The contract, from the top of the repository.
  func openAPI() -> Response {
    var response = Response(
      status: .ok,
      fields: [
        .contentType: "application/yaml", .cacheControl: "no-cache", .eTag: Response.openAPITag,
      ], body: .bytes(PackageResources.openapi_yaml))
    response.revalidate(head.fields[.ifNoneMatch])
    return response
  }

  /// What a code of a problem or a warning means: HTML for a browser, else text.
  func explanation() throws(Problem) -> Response {
    guard let page = path["code"].flatMap({ ProblemPage(code: $0) }) else {
      let codes = ProblemPage.codes.joined(separator: ", ")
      throw Problem(.notFound, "There is no such code. The codes: \(codes).")
    }
    let isHTML = Accept(head.fields[.accept]).prefersHTML
    var response = Response(
      status: .ok,
      fields: [
        .contentType: isHTML ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
        .vary: "Accept",
      ], body: .bytes(Array((isHTML ? page.html : page.text).utf8)))
    if isHTML {
      response.fields[.contentSecurityPolicy] = Response.onlyOwnStyles
    }
    return response
  }
}

extension Response {
  fileprivate static let health = Response(json: Array(#"{"status":"ok"}"#.utf8))

  fileprivate static let version: Response = {
    var json = JSONWriter()
    json.object {
      $0.member("name", "bnsl")
      $0.member("version", Release.version)
      $0.member("engine_version", Engine.version)
      $0.member("sqlite_version", ifPresent: SQLiteStore.libraryVersion)
    }
    return Response(json: json.bytes)
  }()

  /// A policy for a document with its own styles, which runs and loads nothing.
  static let onlyOwnStyles = "default-src 'none'; style-src 'unsafe-inline'"

  fileprivate static let openAPITag =
    "\"\(SHA256.digest(of: PackageResources.openapi_yaml).hexadecimal.prefix(32))\""

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
