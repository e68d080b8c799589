public import HTTPTypes

/// Finds what answers a request by its path and method.
///
/// An unknown path is 404, and a known one with another method 405 with `Allow`; both are judged
/// by the head alone. HEAD works wherever GET does, and OPTIONS answers with `Allow`. A path and
/// the same path with a slash after it are two paths.
public struct Router: Sendable {
  /// Answers a request, given what stands in the place of the template's parameters.
  public typealias Endpoint = @Sendable (Request, PathParameters) async -> Response

  /// Refuses a request by its head, before its body is read; nil lets it come.
  public typealias Judge = @Sendable (RequestHead) -> Response?

  /// What whoever lets requests in has to know of a route.
  public struct Traits: OptionSet, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Served without credentials.
    public static let open = Traits(rawValue: 1)
    /// Not counted against a client's rate: asked often, and costs next to nothing.
    public static let uncounted = Traits(rawValue: 2)
  }

  fileprivate struct Method: Sendable {
    let traits: Traits
    let bodyLimit: Int
    let judge: Judge
    let endpoint: Endpoint
  }

  private struct Route: Sendable {
    let template: PathTemplate
    var methods: [HTTPRequest.Method: Method]

    /// The methods that the path takes, for `Allow` (RFC 9110 §10.2.1).
    var allowed: Set<HTTPRequest.Method> {
      var allowed = Set(methods.keys)
      if allowed.contains(.get) { allowed.insert(.head) }
      return allowed.union([.options])
    }
  }

  /// What a request has been matched to by its head.
  public struct Match: Sendable {
    fileprivate enum Kind: Sendable {
      case endpoint(Method, PathParameters, template: String)
      /// Answered by the router itself, once that is asked for.
      case answer(@Sendable () -> Response)
    }

    fileprivate let kind: Kind

    /// The traits of the route; none when there is none.
    public var traits: Traits {
      if case .endpoint(let method, _, _) = kind { method.traits } else { [] }
    }

    /// Judges the request by its head: the answer when that decides it, else how large a body may
    /// come.
    public func judge(_ head: RequestHead) -> Judgement {
      switch kind {
      case .answer(let response): Judgement(refusal: response())
      case .endpoint(let method, _, let template):
        Judgement(
          refusal: method.judge(head).map { Router.name($0, template) },
          bodyLimit: method.bodyLimit)
      }
    }

    fileprivate func respond(to request: Request) async -> Response {
      switch kind {
      case .answer(let response): response()
      case .endpoint(let method, let parameters, let template):
        Router.name(await method.endpoint(request, parameters), template)
      }
    }
  }

  /// The routes, those with an earlier literal segment before those with a parameter in its place.
  private var routes: [Route] = []
  private let errorResponse: @Sendable (Refusal) -> Response

  /// - Parameter errorResponse: gives a refusal its form.
  public init(errorResponse: @escaping @Sendable (Refusal) -> Response) {
    self.errorResponse = errorResponse
  }

  /// Lets the endpoint answer requests of the method for paths of the template.
  ///
  /// Traps when the same method and template are added twice, or the template is malformed.
  ///
  /// - Parameters:
  ///   - method: the method; GET stands for HEAD too.
  ///   - template: a path in which `{name}` stands for any one segment that is not empty.
  ///   - traits: what whoever lets requests in has to know.
  ///   - bodyLimit: the most bytes that a request's body may have; beyond them the answer is 413.
  ///   - judge: refuses by the head, before the body is read.
  ///   - endpoint: answers the request.
  public mutating func add(
    _ method: HTTPRequest.Method, _ template: String, traits: Traits = [], bodyLimit: Int = 0,
    judge: @escaping Judge = { _ in nil }, endpoint: @escaping Endpoint
  ) {
    let template = PathTemplate(template)
    let entry = Method(traits: traits, bodyLimit: bodyLimit, judge: judge, endpoint: endpoint)
    if let index = routes.firstIndex(where: { $0.template.text == template.text }) {
      precondition(routes[index].methods[method] == nil, "\(method) \(template.text) added twice")
      routes[index].methods[method] = entry
    } else {
      let index = routes.firstIndex { template.precedes($0.template) } ?? routes.endIndex
      routes.insert(Route(template: template, methods: [method: entry]), at: index)
    }
  }

  /// Answers a request; runs up to the endpoint's first suspension without one of its own.
  public func respond(to request: Request) async -> Response {
    await match(request.head).respond(to: request)
  }

  /// Gives a refusal its form.
  public func response(to refusal: Refusal) -> Response { errorResponse(refusal) }

  /// Finds what a request is for.
  public func match(_ head: RequestHead) -> Match {
    if head.target.isServer {
      let allowed = routes.reduce(into: Set<HTTPRequest.Method>()) { $0.formUnion($1.allowed) }
      return Match(kind: .answer { Self.options(allowed) })
    }
    for route in routes {
      guard let parameters = route.template.match(head.target.segments) else { continue }
      let template = route.template.text
      let asked = head.method == .head ? .get : head.method
      // A route may answer HEAD or OPTIONS by itself.
      if let method = route.methods[head.method] ?? route.methods[asked] {
        return Match(kind: .endpoint(method, parameters, template: template))
      }
      if head.method == .options {
        return Match(kind: .answer { Self.name(Self.options(route.allowed), template) })
      }
      return Match(
        kind: .answer { [errorResponse] in
          var response = errorResponse(
            Refusal(.methodNotAllowed, "\(template) does not take \(head.method)"))
          response.fields[.allow] = Self.list(route.allowed)
          return Self.name(response, template)
        })
    }
    return Match(
      kind: .answer { [errorResponse] in
        errorResponse(Refusal(.notFound, "there is nothing at this path"))
      })
  }

  private static func options(_ allowed: Set<HTTPRequest.Method>) -> Response {
    Response(status: .noContent, fields: [.allow: list(allowed)])
  }

  private static func list(_ methods: Set<HTTPRequest.Method>) -> String {
    methods.map(\.rawValue).sorted().joined(separator: ", ")
  }

  fileprivate static func name(_ response: Response, _ template: String) -> Response {
    var response = response
    response.route = response.route ?? template
    return response
  }
}

/// What stands in a path in the place of its template's parameters.
public struct PathParameters: Sendable {
  fileprivate var values: [(name: String, value: String)] = []

  /// The decoded segment at `{name}`; never empty. Traps when the template has no such parameter.
  public subscript(name: String) -> String {
    guard let value = values.first(where: { $0.name == name })?.value else {
      preconditionFailure("the route has no parameter \(name)")
    }
    return value
  }
}

/// A path with places for parameters, such as `/jobs/{id}/result`.
struct PathTemplate: Sendable {
  private enum Segment: Sendable {
    case literal(String)
    case parameter(String)
  }

  let text: String
  private let segments: [Segment]

  init(_ text: String) {
    precondition(text.hasPrefix("/"), "a path template begins with a slash")
    self.text = text
    segments = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
      $0.hasPrefix("{") && $0.hasSuffix("}")
        ? .parameter(String($0.dropFirst().dropLast())) : .literal(String($0))
    }
  }

  /// What stands in the parameters' places, or nil when the path is another.
  func match(_ path: [String]) -> PathParameters? {
    guard path.count == segments.count else { return nil }
    var parameters = PathParameters()
    for (segment, value) in zip(segments, path) {
      switch segment {
      case .literal(let literal):
        guard literal.utf8.elementsEqual(value.utf8) else { return nil }
      case .parameter(let name):
        guard !value.isEmpty else { return nil }
        parameters.values.append((name, value))
      }
    }
    return parameters
  }

  /// Whether this template is the more definite: a literal where the other has a parameter first.
  func precedes(_ other: PathTemplate) -> Bool {
    for (own, others) in zip(segments, other.segments) {
      switch (own, others) {
      case (.literal, .parameter): return true
      case (.parameter, .literal): return false
      default: continue
      }
    }
    return false
  }
}
