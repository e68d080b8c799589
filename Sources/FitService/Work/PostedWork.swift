import Fits

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
    contentKey = Self.contentKey(kind: kind, payload: payload)
    var json = JSONWriter()
    if !labels.isEmpty { json.value(JSONValue.object(labels: labels)) }
    self.labels = json.bytes
  }

  /// The key of work that has the same answer: by its kind, the engine, and its payload, which holds
  /// nothing that changes no number.
  ///
  /// SHA-256, so that not even a client who tries can make two requests that share a key: a client
  /// that posts what others send it must not be able to fetch a result for other data.
  static func contentKey(kind: String, payload: [UInt8]) -> String {
    var hash = SHA256()
    for part in [kind, Engine.version] {
      hash.update(part.utf8)
      hash.update(CollectionOfOne(0))
    }
    hash.update(payload)
    return hash.finalize().hexadecimal
  }

  /// What the work is read from.
  struct Key: Hashable {
    let kind: String
    let body: FitBody
  }
}
