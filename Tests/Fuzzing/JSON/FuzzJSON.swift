import Foundation

@testable import Fits

/// No text crashes the reader or a decoder of what is read: fits, evaluations and simulations. What
/// is refused has a reason; what is accepted reads back the same as it is stored, and what a law
/// evaluates to is JSON.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  var limits = JSONDocument.Limits()
  limits.bytes = 4_096
  limits.depth = 8
  guard let document = try? JSONDocument(bytes, limits: limits) else { return 0 }
  precondition(bytes.count <= limits.bytes, "more bytes than the limit")
  precondition(String(validating: bytes, as: UTF8.self) != nil, "invalid UTF-8 was taken")

  if let task = decoded(document, { FitTaskDecoder(limits: small).decode($0) }) { check(task) }
  if let evaluation = decoded(document, { Evaluation($0, within: small) }) {
    let json = JSONWriter.bytes(of: evaluation)
    precondition((try? JSONDocument(stored: json)) != nil, "an evaluation is no JSON")
  }
  if decoded(document, { SimulationRequest($0, within: small) }) != nil {
    // As the worker reads it.
    let stored = try? JSONDocument(stored: JSONWriter.bytes(of: document.root))
    precondition(
      stored.flatMap { decoded($0) { SimulationRequest($0, within: .none) } } != nil,
      "a stored simulation is refused")
  }
  return 0
}

private let small = FitRequest.Limits(
  points: 64, totalPoints: 128, curves: 8, breaks: 5, predictions: 64, timeout: 60)

/// What a decoder makes of a document; nil when it says why not.
private func decoded<Value>(_ document: JSONDocument, _ decode: (JSONField) -> Value?) -> Value? {
  let faults = Faults()
  let value = decode(JSONField(document, faults: faults))
  precondition(value != nil || !faults.isEmpty, "refused without a reason")
  return value
}

/// The stored form of a task holds its curves, each as its one canonical request.
private func check(_ task: FitTask) {
  let results: [Result<FitRequest, Problem>] =
    switch task {
    case .curve(let request): [.success(request)]
    case .curves(let curves): curves.map(\.request)
    }
  guard let stored = StoredTask(payload: task.payload) else {
    preconditionFailure("a stored task is unreadable")
  }
  precondition(stored.curves.count == results.count, "a curve is lost")
  for (result, curve) in zip(results, stored.curves) {
    guard case .success(let canonical) = curve.request else {
      precondition((try? result.get()) == nil, "a good curve is stored as a problem")
      continue
    }
    precondition(canonical == (try? result.get())?.canonical, "another request is stored")
    let same = (try? JSONDocument(stored: canonical.joined)).flatMap { document in
      decoded(document) { FitRequestDecoder(limits: .none).decode($0) }
    }
    precondition(same?.canonical == canonical, "the canonical form means another request")
  }
}
