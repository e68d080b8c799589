public import HTTPTypes

/// Finds the endpoint of a request by its path and method.
///
/// HEAD uses the endpoint of GET, unless the path has an endpoint for HEAD. A trailing slash makes
/// a different path.
public struct Router<Endpoint: Sendable>: Sendable {
  /// The result of looking up a request.
  public enum Match: Sendable {
    case endpoint(Endpoint, PathParameters, template: String)
    /// A request with OPTIONS: the methods of the path for `Allow`, or without a template those of
    /// the whole server.
    case options(allowed: String, template: String?)
    /// The path exists, but only with other methods, listed for `Allow` (RFC 9110 section 10.2.1).
    case methodNotAllowed(allowed: String, template: String)
    /// No path matches.
    case notFound

    /// The template of the matching path; nil when there is none.
    public var template: String? {
      switch self {
      case .endpoint(_, _, let template), .methodNotAllowed(_, let template): template
      case .options(_, let template): template
      case .notFound: nil
      }
    }
  }

  private struct Path: Sendable {
    let template: PathTemplate
    var endpoints: [HTTPRequest.Method: Endpoint]

    /// The methods of the path, for `Allow`.
    var allowed: Set<HTTPRequest.Method> {
      var allowed = Set(endpoints.keys)
      if allowed.contains(.get) { allowed.insert(.head) }
      return allowed.union([.options])
    }
  }

  /// The paths; a template with a literal segment stands before one with a parameter in its place.
  private var paths: [Path] = []

  public init() {}

  /// Adds the endpoint for a method and the paths that match a template.
  ///
  /// Traps when the same method and template are added twice, or the template is malformed.
  ///
  /// - Parameters:
  ///   - method: the method; GET includes HEAD.
  ///   - template: a path in which `{name}` stands for any one segment that is not empty.
  ///   - endpoint: the value that `match(_:)` returns for such a request.
  public mutating func add(
    _ method: HTTPRequest.Method, _ template: String, _ endpoint: Endpoint
  ) {
    let template = PathTemplate(template)
    if let index = paths.firstIndex(where: { $0.template.text == template.text }) {
      precondition(paths[index].endpoints[method] == nil, "\(method) \(template.text) added twice")
      paths[index].endpoints[method] = endpoint
    } else {
      let index = paths.firstIndex { template.precedes($0.template) } ?? paths.endIndex
      paths.insert(Path(template: template, endpoints: [method: endpoint]), at: index)
    }
  }

  /// Finds the endpoint of a request.
  public func match(_ head: RequestHead) -> Match {
    if head.target.isServer {
      let allowed = paths.reduce(into: Set<HTTPRequest.Method>()) { $0.formUnion($1.allowed) }
      return .options(allowed: Self.list(allowed), template: nil)
    }
    for path in paths {
      guard let parameters = path.template.match(head.target.segments) else { continue }
      let template = path.template.text
      let asked = head.method == .head ? .get : head.method
      if let endpoint = path.endpoints[head.method] ?? path.endpoints[asked] {
        return .endpoint(endpoint, parameters, template: template)
      }
      let allowed = Self.list(path.allowed)
      return head.method == .options
        ? .options(allowed: allowed, template: template)
        : .methodNotAllowed(allowed: allowed, template: template)
    }
    return .notFound
  }

  private static func list(_ methods: Set<HTTPRequest.Method>) -> String {
    methods.map(\.rawValue).sorted().joined(separator: ", ")
  }
}

/// The values of a template's parameters in one path.
public struct PathParameters: Sendable {
  fileprivate var values: [(name: String, value: String)] = []

  /// The decoded segment at `{name}`, never empty; nil when the template has no such parameter.
  public subscript(name: String) -> String? {
    values.first { $0.name == name }?.value
  }
}

/// A path with parameters, such as `/jobs/{id}/result`.
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

  /// The values of the parameters in `path`; nil when the path does not match.
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

  /// Whether this template is more specific: at the first difference it has a literal segment where
  /// the other has a parameter.
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
