import HTTPTypes

/// What the body of a request asks for, whoever sends it.
struct PostedWork: Sendable {
  let kind: String
  let payload: [UInt8]
  let contentKey: String
  /// The bytes of a JSON object, or none.
  let labels: [UInt8]
  /// In seconds.
  let timeout: Double

  init(kind: String, payload: [UInt8], labels: [String: String], timeout: Double) {
    self.kind = kind
    self.payload = payload
    self.timeout = timeout
    contentKey = FitTask.contentKey(of: payload)
    var json = JSONWriter()
    if !labels.isEmpty { json.object(labels: labels) }
    self.labels = json.bytes
  }

  /// What the work is read from.
  struct Key: Hashable {
    let kind: String
    let body: FitBody
  }
}
