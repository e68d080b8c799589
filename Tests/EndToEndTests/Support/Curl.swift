import CLibcurl
import Dispatch

/// One request as libcurl sends it, on a connection of its own.
struct Curl {
  var method = "GET"
  var url: String
  /// A field with an empty value is left out, also one that libcurl would add by itself.
  var fields: [(name: String, value: String)] = []
  /// Sent as `curl --data-binary` does: as a form, unless `fields` name another type.
  var body: [UInt8]?
  /// The longest that the whole exchange may take, so that no test can hang.
  var limitSeconds = 120

  struct Answer {
    var status = 0
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The value of the first field of that name.
    subscript(name: String) -> String? {
      fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
  }

  /// Why there is no answer, in libcurl's words.
  struct Failure: Error, CustomStringConvertible {
    let code: CURLcode

    var description: String { "curl: \(String(cString: curl_easy_strerror(code)))" }
  }

  /// Sends the request and waits for its answer, on a thread of its own.
  func send() async throws -> Answer {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(with: Result { try perform() })
      }
    }
  }

  private func perform() throws -> Answer {
    let handle = try Self.makeHandle()
    defer { curl_easy_cleanup(handle) }
    try check(curl_set_string(handle, CURLOPT_URL, url))
    try check(curl_set_string(handle, CURLOPT_CUSTOMREQUEST, method))
    try check(curl_set_long(handle, CURLOPT_NOBODY, method == "HEAD" ? 1 : 0))
    try check(curl_set_long(handle, CURLOPT_TIMEOUT, limitSeconds))
    try check(curl_set_long(handle, CURLOPT_NOSIGNAL, 1))
    if let body {
      try check(curl_set_bytes(handle, CURLOPT_COPYPOSTFIELDS, body, curl_off_t(body.count)))
    }
    var list: UnsafeMutablePointer<curl_slist>?
    defer { curl_slist_free_all(list) }
    for (name, value) in fields {
      list = curl_slist_append(list, value.isEmpty ? "\(name):" : "\(name): \(value)")
    }
    try check(curl_set_list(handle, CURLOPT_HTTPHEADER, list))

    let received = Received()
    let context = Unmanaged.passUnretained(received).toOpaque()
    try check(
      curl_set_receiver(
        handle, CURLOPT_HEADERFUNCTION, { Received.at($3).addLine(chunk($0, $1 * $2)) },
        CURLOPT_HEADERDATA, context))
    try check(
      curl_set_receiver(
        handle, CURLOPT_WRITEFUNCTION, { Received.at($3).addBody(chunk($0, $1 * $2)) },
        CURLOPT_WRITEDATA, context))
    try withExtendedLifetime(received) { try check(curl_easy_perform(handle)) }
    try check(curl_get_long(handle, CURLINFO_RESPONSE_CODE, &received.answer.status))
    return received.answer
  }

  private static let global = curl_global_init(Int(CURL_GLOBAL_ALL))

  private static func makeHandle() throws -> UnsafeMutableRawPointer {
    guard global == CURLE_OK, let handle = curl_easy_init() else {
      throw Failure(code: CURLE_FAILED_INIT)
    }
    return handle
  }

  private func check(_ code: CURLcode) throws {
    if code != CURLE_OK { throw Failure(code: code) }
  }
}

/// What has come of an answer; belongs to the thread that performs the request.
private final class Received {
  var answer = Curl.Answer()

  /// The object that a receiver of libcurl was given as its context.
  static func at(_ context: UnsafeMutableRawPointer?) -> Received {
    Unmanaged.fromOpaque(context!).takeUnretainedValue()
  }

  func addLine(_ bytes: UnsafeRawBufferPointer) -> Int {
    let line = String(decoding: bytes, as: UTF8.self)
    // A status line begins a head; the one before it was an interim answer, 100 for instance.
    if line.hasPrefix("HTTP/") { answer.fields = [] }
    if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...]
      answer.fields.append((String(line[..<colon]), value.trimmingWhitespace))
    }
    return bytes.count
  }

  func addBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    answer.body += bytes
    return bytes.count
  }
}

private func chunk(_ start: UnsafeMutablePointer<CChar>?, _ count: Int) -> UnsafeRawBufferPointer {
  UnsafeRawBufferPointer(start: start, count: count)
}

extension Substring {
  fileprivate var trimmingWhitespace: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
