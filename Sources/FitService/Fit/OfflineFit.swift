import Dispatch
import Foundation
public import ScalingLaws

/// A fit without a server: read, fitted and written as `POST /fit` does it.
public struct OfflineFit: Sendable {
  public let report: FitReport
  /// The answer in JSON, without what belongs to a job: its id, state and links.
  public let answer: [UInt8]

  /// Fits what a body asks for, on all cores.
  ///
  /// - Parameters:
  ///   - body: a request in JSON when it begins with a brace, else a table in CSV.
  ///   - options: more options, as they would stand in the query.
  ///   - limits: what the request may ask for.
  /// - Throws: the problem that a client would be answered with.
  public init(
    _ body: [UInt8], options: [(name: String, value: String)] = [],
    limits: FitRequest.Limits = Settings().requestLimits
  ) throws(Problem) {
    let first = body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    let request = try FitBody(
      format: first == UInt8(ascii: "{") ? .json : .csv, bytes: body,
      query: options.map { "\($0.name.queryEscaped)=\($0.value.queryEscaped)" }
        .joined(separator: "&")
    ).request(within: limits)
    let clock = ContinuousClock()
    let start = clock.now
    do throws(FitError) {
      report = try BrokenPowerLaw.fit(
        request.points, options: request.options, execution: .onAllCores)
    } catch {
      throw FitFailure(error)?.problem ?? Problem(.jobCancelled, "The fit was cancelled.")
    }
    answer = JSONWriter.bytes(
      of: FitAnswer(
        report: report, request: request, options: request.canonical.options,
        timing: .init(queued: .zero, fit: clock.now - start)))
  }
}

extension Execution {
  /// Runs items on as many threads as there are cores.
  fileprivate static let onAllCores = Execution(
    forEach: { count, body in
      // It returns only when every call of the body has, so nothing does escape.
      withoutActuallyEscaping(body) {
        DispatchQueue.concurrentPerform(iterations: count, execute: $0)
      }
    })
}

extension String {
  /// The text with everything escaped that means something in a query.
  fileprivate var queryEscaped: String {
    addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? self
  }
}
