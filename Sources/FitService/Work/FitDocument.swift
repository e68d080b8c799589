import Fits
import Jobs

/// The result of one job for its client: the answer, which jobs may share, and the job's own
/// members.
struct FitDocument {
  let job: Job
  let result: StoredResult

  /// The result in the form asked for.
  func bytes(_ format: ResultFormat) -> [UInt8] {
    guard case .json(let points, let curve) = format else { return result.bytes(format) }
    // The job's own members take about 350 bytes.
    var json = JSONWriter(capacity: result.answer.size + 512)
    json.object {
      $0.member("id", job.id.description)
      $0.member("state", JobState.succeeded.name)
      $0.member("created_at", job.createdAt.timestamp)
      result.writeMembers(points: points, curve: curve, to: &$0)
      $0.member("links", JobLinks(job))
    }
    return json.bytes
  }

  /// A strong entity tag (RFC 9110 section 8.8.3): a stored answer never changes, and how it is
  /// written changes with the release alone.
  static func entityTag(of job: Job, _ format: ResultFormat) -> String {
    "\"\(job.id)-\(Release.version)-\(Engine.version)-\(format.tag)\""
  }
}

/// A job as its client sees it.
struct JobDocument: JSONWritable {
  let job: Job
  /// The bytes of a `FitDocument`, when there is a result.
  var result: [UInt8]?
  /// The bytes of a problem, when the job failed.
  var problem: [UInt8]?

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", job.id.description)
      json.member("kind", job.kind)
      json.member("state", job.state.name)
      json.member("created_at", job.createdAt.timestamp)
      json.member("started_at", ifPresent: job.startedAt?.timestamp)
      json.member("finished_at", ifPresent: job.finishedAt?.timestamp)
      json.member("position", ifPresent: job.position)
      if job.state == .running { json.member("progress", job.progress) }
      if !job.labels.isEmpty { json.member("labels") { $0.raw(job.labels) } }
      if let result { json.member("result") { $0.raw(result) } }
      if let problem { json.member("error") { $0.raw(problem) } }
      json.member("links", JobLinks(job))
    }
  }
}

/// The paths of a job and its result.
struct JobLinks: JSONWritable {
  let job: String
  /// Whether the result can be had in other forms than JSON.
  private let hasFormats: Bool

  init(_ job: Job) {
    self.job = "/jobs/\(job.id)"
    hasFormats = job.kind == FitWork.kind
  }

  var result: String { job + "/result" }
  var events: String { job + "/events" }

  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("self", job)
      $0.member("result", result)
      if hasFormats {
        $0.member("svg", result + "?format=svg")
        $0.member("csv", result + "?format=csv")
      }
      $0.member("events", events)
    }
  }
}
