import HTTP

/// What the parser makes of the bytes, fed in pieces of `size`: one line for each event.
private func events(of input: UnsafeRawBufferPointer, inPiecesOf size: Int) -> [String] {
  var limits = RequestLimits()
  // Small, so that short inputs reach every limit.
  limits.requestLine = 128
  limits.head = 512
  limits.fields = 8
  limits.body = 256
  limits.chunkLine = 16
  var parser = RequestParser(limits: limits, client: Address(host: "192.0.2.1", port: 1))
  var events: [String] = []
  var start = 0
  while true {
    switch parser.next() {
    case .needsMore:
      guard start < input.count else { return events }
      let end = min(start + size, input.count)
      parser.feed(UnsafeRawBufferPointer(rebasing: input[start..<end]))
      start = end
    case .head(let head):
      events.append("head \(head.method) \(head.target.rawPath) \(head.fields)")
    case .request(let request):
      precondition(request.body.count <= limits.body, "a body beyond its limit")
      events.append("body \(request.body)")
    case .refused(let refusal):
      events.append("refused \(refusal.status)")
      return events
    }
  }
}

/// However the bytes are cut, the parser reads the same requests and ends at the same refusal.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequests(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: data, count: count)
  let whole = events(of: input, inPiecesOf: max(count, 1))
  precondition(events(of: input, inPiecesOf: 1) == whole, "cut into bytes it reads otherwise")
  precondition(events(of: input, inPiecesOf: 5) == whole, "cut into fives it reads otherwise")
  return 0
}
