import Foundation

/// The task of one job.
package enum FitTask: Sendable {
  case curve(FitRequest)
  /// Several curves, each with its own options, fitted independently.
  case curves([Curve])

  /// One of several curves.
  package struct Curve: Sendable {
    package var name: String
    /// The request, or the problem of this curve, which does not affect the others.
    package var request: Result<FitRequest, Problem>
  }

  /// The valid requests.
  private var requests: [FitRequest] {
    switch self {
    case .curve(let request): [request]
    case .curves(let curves): curves.compactMap { try? $0.request.get() }
    }
  }

  /// The time limit of the job, in seconds.
  package var timeout: Double { requests.map(\.timeout).max() ?? 0 }

  /// The labels of the job: those of its first curve.
  package var labels: [String: String] { requests.first?.labels ?? [:] }
}

// MARK: Stored form

extension FitTask {
  /// The stored form of the task, one JSON value per line. One curve: its options and its points.
  /// Several curves: first their names, then options and points of each valid curve.
  ///
  /// Equivalent tasks have equal bytes.
  package var payload: [UInt8] {
    switch self {
    case .curve(let request): return request.canonical.payload
    case .curves(let curves):
      var head = JSONWriter()
      head.array { json in
        for curve in curves {
          json.object {
            $0.member("name", curve.name)
            if case .failure(let problem) = curve.request { $0.member("error", problem) }
          }
        }
      }
      return requests.reduce(into: head.bytes) { payload, request in
        payload.append(UInt8(ascii: "\n"))
        payload += request.canonical.payload
      }
    }
  }
}

/// A stored task, split into its curves; their requests are not decoded.
package struct StoredTask {
  struct Curve {
    /// Nil for the only curve of a request.
    var name: String?
    /// The request, or the problem of the curve.
    var request: Result<FitRequest.Canonical, StoredProblem>
  }

  /// The bytes of a problem.
  struct StoredProblem: Error {
    var bytes: [UInt8]
  }

  let curves: [Curve]
  /// Whether the answer is a list, which may have one curve only.
  let isList: Bool

  /// Reads what `FitTask.payload` returned; nil for anything else.
  package init?(payload: [UInt8]) {
    let lines = payload.lines
    isList = !lines.count.isMultiple(of: 2)
    if isList {
      guard let curves = Self.curves(lines) else { return nil }
      self.curves = curves
    } else {
      guard lines.count == 2 else { return nil }
      curves = [
        Curve(name: nil, request: .success(.init(options: lines[0], points: lines[1])))
      ]
    }
  }

  private static func curves(_ lines: [[UInt8]]) -> [Curve]? {
    guard let head = try? JSONDocument(stored: lines[0]), let entries = head.root.elements else {
      return nil
    }
    var rest = lines.dropFirst()
    var curves: [Curve] = []
    for entry in entries {
      guard let name = entry["name"]?.string else { return nil }
      if let problem = entry["error"] {
        let stored = StoredProblem(bytes: JSONWriter.bytes(of: problem))
        curves.append(Curve(name: name, request: .failure(stored)))
      } else {
        guard let options = rest.popFirst(), let points = rest.popFirst() else { return nil }
        curves.append(
          Curve(name: name, request: .success(.init(options: options, points: points))))
      }
    }
    return rest.isEmpty ? curves : nil
  }
}

/// A stored payload cannot be read, which is a fault of the service.
package struct UnreadablePayload: Error {
  package var faults: [Fault] = []

  package init(faults: [Fault] = []) { self.faults = faults }
}

extension [UInt8] {
  /// The lines of a stored text, whose JSON values contain no line feed.
  var lines: [[UInt8]] {
    withUnsafeBytes { bytes in
      var lines: [[UInt8]] = []
      var rest = bytes[...]
      while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress,
        let end = memchr(start, Int32(UInt8(ascii: "\n")), rest.count)
      {
        let line = rest.prefix(end - UnsafeMutableRawPointer(mutating: start))
        lines.append(Array(line))
        rest = rest.dropFirst(line.count + 1)
      }
      return lines + [Array(rest)]
    }
  }
}

extension JSONDocument {
  /// Reads a stored text, whose size was checked before.
  package init(stored bytes: [UInt8]) throws(JSONSyntaxError) {
    var limits = JSONDocument.Limits()
    limits.bytes = .max
    try self.init(bytes, limits: limits)
  }
}

extension JSONValue {
  /// The member of that name, if this is an object that has it.
  subscript(name: String) -> JSONValue? {
    guard case .object(let object) = self else { return nil }
    return object[name]
  }
}
