import Foundation

@testable import FitService

/// No text crashes the reader or the decoder of requests; a text that is taken is JSON for
/// Foundation too; and a request that is accepted reads back the same from its canonical form.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  var limits = JSONDocument.Limits()
  limits.bytes = 4_096
  limits.depth = 8
  guard let document = try? JSONDocument(bytes, limits: limits) else { return 0 }
  precondition(bytes.count <= limits.bytes, "more bytes than the limit")
  precondition(String(validating: bytes, as: UTF8.self) != nil, "invalid UTF-8 was taken")

  let faults = Faults()
  let decoder = FitRequestDecoder(
    limits: .init(points: 64, breaks: 5, predictions: 64, timeout: 60))
  guard let request = decoder.decode(JSONField(document, faults: faults)) else {
    precondition(!faults.isEmpty, "refused without a reason")
    return 0
  }
  let canonical = request.canonical
  let again = Faults()
  guard let reread = try? JSONDocument(canonical.joined),
    let same = FitRequestDecoder(limits: .none).decode(JSONField(reread, faults: again))
  else { preconditionFailure("the canonical form is refused: \(again.list)") }
  precondition(same.canonical == canonical, "the canonical form means another request")
  return 0
}
