import Fits
import HTTP
import HTTPTypes
import Jobs
import Logging

// One line for each request and each job, when it ends.

extension Logger {
  func log(_ exchange: Exchange) {
    guard logLevel <= .info else { return }
    let caller = exchange.label as? Caller
    let peer = exchange.client.host
    var line: Metadata = [
      "status": "\(exchange.status?.code ?? 0)",
      "duration_ms": "\(exchange.duration.inMilliseconds)",
      "bytes_in": "\(exchange.bytesIn)", "bytes_out": "\(exchange.bytesOut)",
      "client": "\(caller?.client ?? peer)",
    ]
    line["proxy"] = caller?.client.flatMap { $0 == peer ? nil : "\(peer)" }
    line["route"] = exchange.route.map { "\($0)" }
    line["request_id"] = caller.map { "\($0.requestID)" }
    line["trace_id"] = caller?.trace.map { "\($0.traceID)" }
    line["parent_id"] = caller?.trace.map { "\($0.parentID)" }
    line["key"] = caller.flatMap { $0.owner.isEmpty ? nil : "\($0.owner)" }
    line["refusal"] = exchange.refusal.map { "\($0.reason)" }
    if !exchange.isComplete { line["cut"] = "true" }
    info("\(exchange.method?.rawValue ?? "-") \(exchange.path ?? "-")", metadata: line)
  }

  func log(_ event: JobEvent) {
    switch event {
    case .submitted: break
    case .finished(let job, let queueWait, let runTime):
      let isOurFault = job.failure == .crashed || job.failure == .threw
      guard logLevel <= (isOurFault ? .error : .info) else { return }
      var line: Metadata = [
        "job": "\(job.id)", "kind": "\(job.kind)", "attempts": "\(job.attempts)",
        "queue_ms": "\(queueWait.inMilliseconds)", "run_ms": "\(runTime.inMilliseconds)",
      ]
      let names = job.reference.split(separator: " ")
      line["request_id"] = names.first.map { "\($0)" }
      line["trace_id"] = names.dropFirst().first.map { "\($0)" }
      line["key"] = job.owner.isEmpty ? nil : "\(job.owner)"
      line["failure"] = job.failure.map { "\($0)" }
      log(level: isOurFault ? .error : .info, "job \(job.state.name)", metadata: line)
    case .storeFailed(let error):
      let outcome = error.isPassing ? "it is tried again" : "the job fails"
      self.error("the store failed; \(outcome)", metadata: ["cause": "\(error)"])
    case .storeVerified(nil): notice("the store is whole after an unclean end")
    case .storeVerified(let error?): critical("the store fails", metadata: ["cause": "\(error)"])
    }
  }
}
