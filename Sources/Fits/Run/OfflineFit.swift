import Dispatch
import Foundation
import Plots
package import ScalingLaws

/// A fit without a server, which gives the same answer as `POST /fit`.
public struct OfflineFit: Sendable {
  private let result: StoredResult

  /// Fits what a body asks for, on all cores.
  ///
  /// - Parameters:
  ///   - body: a request in JSON, or a table of any shape.
  ///   - options: further options, as in a query.
  ///   - limits: what the request may ask for.
  ///   - report: called with the share of the work that is done, from any thread.
  /// - Throws: the problem that a server would answer with.
  public init(
    _ body: [UInt8], options: [(name: String, value: String)] = [],
    limits: FitRequest.Limits = FitRequest.Limits(),
    report: @escaping @Sendable (Double) -> Void = { _ in }
  ) throws(Problem) {
    let task = try FitBody(body, options: options).task(within: limits)
    var execution = Execution.onAllCores
    execution.report = report
    // Use the stored form, as a server does, so that the answers cannot differ.
    let stored = StoredTask(payload: task.payload)
    guard let stored, let answer = try? stored.answer(queued: .zero, execution: execution) else {
      throw Problem(.internalError, "The request could not be read back.")
    }
    switch answer {
    case .success(let answer): result = StoredResult(answer: answer, task: stored)
    case .failure(let failure): throw failure.problem
    }
  }

  /// The forms of an answer.
  public enum Format: String, CaseIterable, Sendable {
    case json, text, csv, svg
  }

  /// The answer; in JSON without the members of a job, such as its id and state.
  public func answer(_ format: Format) -> [UInt8] {
    switch format {
    case .json: result.bytes(.json(points: false, curve: false)) + [UInt8(ascii: "\n")]
    case .text: result.bytes(.text)
    case .csv: result.bytes(.csv)
    case .svg: result.bytes(.svg(.logLog))
    }
  }
}

/// The answer of `POST /read`, without a server.
public struct OfflineReading: Sendable {
  /// A JSON object, with a line feed.
  public let answer: [UInt8]

  /// Reads a body.
  ///
  /// - Parameters:
  ///   - body: a table of any shape, or a request in JSON.
  ///   - options: options of the table, such as `x_column`, as in a query.
  /// - Throws: the problem that a server would answer with.
  public init(_ body: [UInt8], options: [(name: String, value: String)] = []) throws(Problem) {
    let preview = try FitBody(body, options: options)
      .preview(within: FitRequest.Limits())
    answer = JSONWriter.bytes(of: preview) + [UInt8(ascii: "\n")]
  }
}

extension FitBody {
  /// A file with options as in a query.
  init(_ body: [UInt8], options: [(name: String, value: String)]) {
    self.init(
      format: .any, bytes: body,
      query: options.map { "\($0.name.queryEscaped)=\($0.value.queryEscaped)" }
        .joined(separator: "&"))
  }
}

extension Execution {
  /// Runs items concurrently on all cores.
  package static let onAllCores = Execution(
    forEach: { count, body in
      DispatchQueue.concurrentPerform(iterations: count, execute: body)
    })
}

extension String {
  /// The text, percent-encoded for a query.
  fileprivate var queryEscaped: String {
    addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? self
  }
}
