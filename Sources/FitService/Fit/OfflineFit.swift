import Dispatch
import Foundation
import Plots
package import ScalingLaws

/// A fit without a server: read, fitted and written as `POST /fit` does it.
public struct OfflineFit: Sendable {
  private let result: StoredResult

  /// Fits what a body asks for, on all cores.
  ///
  /// - Parameters:
  ///   - body: a request in JSON when it begins with a brace, else a table in CSV.
  ///   - options: more options, as they would stand in the query.
  ///   - limits: what the request may ask for.
  ///   - report: told the share of the work that is done, from any thread.
  /// - Throws: the problem that a client would be answered with.
  public init(
    _ body: [UInt8], options: [(name: String, value: String)] = [],
    limits: FitRequest.Limits = Settings().requestLimits,
    report: @escaping @Sendable (Double) -> Void = { _ in }
  ) throws(Problem) {
    let first = body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    let task = try FitBody(
      format: first == UInt8(ascii: "{") ? .json : .csv, bytes: body,
      query: options.map { "\($0.name.queryEscaped)=\($0.value.queryEscaped)" }
        .joined(separator: "&")
    ).task(within: limits)
    var execution = Execution.onAllCores
    execution.report = report
    // Through the form that a server stores, so that the answers cannot differ.
    let stored = StoredTask(payload: task.payload)
    guard let stored, let answer = try? stored.answer(queued: .zero, execution: execution) else {
      throw Problem(.internalError, "The request could not be read back.")
    }
    switch answer {
    case .success(let answer): result = StoredResult(answer: answer, task: stored)
    case .failure(let failure): throw failure.problem
    }
  }

  /// In which form an answer is written.
  public enum Format: String, CaseIterable, Sendable {
    case json, text, csv, svg
  }

  /// The answer; as JSON without what belongs to a job: its id, state and links.
  public func answer(_ format: Format) -> [UInt8] {
    switch format {
    case .json: result.bytes(.json(points: false, curve: false)) + [UInt8(ascii: "\n")]
    case .text: result.bytes(.text)
    case .csv: result.bytes(.csv)
    case .svg: result.bytes(.svg(.logLog))
    }
  }
}

extension Execution {
  /// Runs items on as many threads as there are cores.
  package static let onAllCores = Execution(
    forEach: { count, body in
      DispatchQueue.concurrentPerform(iterations: count, execute: body)
    })
}

extension String {
  /// The text with everything escaped that means something in a query.
  fileprivate var queryEscaped: String {
    addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? self
  }
}
