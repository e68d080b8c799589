import Fits

/// The work that the body of a request asks for; it does not depend on the caller.
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

  /// A key that is equal for work with the same answer: a hash of the kind, the version of the
  /// engine and the payload.
  ///
  /// By SHA-256, so that nobody can construct two requests with the same key and have one answered
  /// with the result of the other.
  static func contentKey(kind: String, payload: [UInt8]) -> String {
    var hash = SHA256()
    for part in [kind, Engine.version] {
      hash.update(part.utf8)
      hash.update(CollectionOfOne(0))
    }
    hash.update(payload)
    return hash.finalize().hexadecimal
  }

  /// The request that the work is decoded from.
  struct Key: Hashable {
    let kind: String
    let body: FitBody
  }
}
