public import HTTPTypes

/// Why a request failed: problem details, RFC 9457, as `application/problem+json`.
///
/// Everything in it is meant for the client; internal causes belong in the log.
public struct Problem: Error, Sendable, Equatable {
  public var code: ProblemCode
  /// What is wrong with this request, in a sentence.
  public var detail: String
  /// Identifies the request in the log; set when the problem is answered.
  public var requestID: String?
  /// The job that failed.
  public var jobID: String?
  /// The number of seconds after which the client may try again; also the field `Retry-After`.
  public var retryAfterSeconds: Int?
  /// Further fields of the response.
  public var fields: HTTPFields
  /// The first faults of the request, at most ``Faults/limit``.
  public var errors: [Fault]

  public init(
    _ code: ProblemCode, _ detail: String, jobID: String? = nil, retryAfterSeconds: Int? = nil,
    fields: HTTPFields = [:], errors: [Fault] = []
  ) {
    self.code = code
    self.status = code.status
    self.detail = detail
    self.jobID = jobID
    self.retryAfterSeconds = retryAfterSeconds
    self.fields = fields
    self.errors = errors
  }

  /// The status of the response: that of the code, unless it is changed.
  public var status: HTTPResponse.Status

  /// The media type of its JSON.
  public static let mediaType = "application/problem+json"
}

extension Problem {
  /// The problem of a request with these faults; nil when there are none.
  public init?(_ faults: Faults, code: ProblemCode = .invalidRequest) {
    guard let first = faults.list.first else { return nil }
    var detail = "\(first)."
    if faults.count > 1 {
      let others = faults.count - 1
      detail = "\(first), and \(others) more \(others == 1 ? "fault" : "faults")."
    }
    if faults.count > faults.list.count {
      detail += " The first \(faults.list.count) are listed."
    }
    self.init(code, detail, errors: faults.list)
  }

  /// The problem of a request that cannot be decoded because of these faults.
  package static func unreadable(_ faults: Faults) -> Problem {
    Problem(faults) ?? Problem(.invalidRequest, "The request cannot be understood.")
  }

  /// The problem of a body that is not JSON.
  public init(_ error: JSONSyntaxError) {
    let fault = Fault(.pointer(error.pointer), "\(error)")
    self.init(.malformedJSON, "The body is not JSON: \(error).", errors: [fault])
  }
}

extension Fault: CustomStringConvertible {
  public var description: String {
    switch place {
    case .pointer(.root): "The body \(detail)"
    case .pointer(let pointer): "`\(pointer)` \(detail)"
    case .line(let line, nil): "Line \(line): \(detail)"
    case .line(let line, let column?): "Line \(line), column `\(column)`: \(detail)"
    }
  }
}

extension Problem: JSONWritable {
  public func write(to json: inout JSONWriter) {
    json.object {
      $0.member("type", code.page)
      $0.member("title", code.entry.title)
      $0.member("status", status.code)
      $0.member("detail", detail)
      $0.member("code", code.rawValue)
      $0.member("request_id", ifPresent: requestID)
      $0.member("job_id", ifPresent: jobID)
      $0.member("retry_after_s", ifPresent: retryAfterSeconds)
      if !errors.isEmpty { $0.member("errors", errors) }
    }
  }
}

extension Fault: JSONWritable {
  public func write(to json: inout JSONWriter) {
    json.object {
      switch place {
      case .pointer(let pointer): $0.member("pointer", pointer.description)
      case .line(let line, let column):
        $0.member("line", line)
        $0.member("column", ifPresent: column)
      }
      $0.member("detail", detail)
    }
  }
}
