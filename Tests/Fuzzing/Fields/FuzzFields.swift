@testable import HTTP

private let offers = ["application/json", "text/csv", "image/svg+xml", "text/plain; charset=utf-8"]
  .compactMap { MediaType($0) }

/// Whatever a field holds, every reader of fields looks at each byte a few times only, and what it
/// gives keeps to the grammar.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFields(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let text = String(decoding: bytes, as: UTF8.self)

  let accept = read(bytes) { Accept(from: &$0) }
  for offer in offers {
    precondition((0...1000).contains(accept.quality(of: offer)), "a weight outside 0 to 1")
  }
  if let chosen = accept.choose(from: offers) {
    precondition(offers.allSatisfy { accept.quality(of: $0) <= accept.quality(of: chosen) })
  }
  let preferences = read(bytes) { Preferences(from: &$0) }
  precondition(preferences.wait ?? 0 >= 0, "a wait below zero")
  _ = read(bytes) { CacheControl(from: &$0) }
  let forwarded = read(bytes) { Forwarded(from: &$0) }
  precondition(forwarded == Forwarded(text) || !isText(bytes), "text and bytes are read otherwise")

  _ = read(bytes) { MediaType(from: &$0) }
  if let type = MediaType(text) {
    precondition(MediaType(type.essence)?.essence == type.essence, "an essence is no media type")
  }
  for tag in read(bytes, { EntityTag.list(from: &$0) }) ?? [] {
    precondition(tag.isNamed(byIfNoneMatch: tag.description), "a tag does not name itself")
  }
  return 0
}

/// What is read from the bytes, with its work bounded.
private func read<Value>(_ bytes: [UInt8], _ reader: (inout FieldScanner) -> Value) -> Value {
  var scanner = FieldScanner(bytes[...])
  let value = reader(&scanner)
  precondition(scanner.looks <= 6 * bytes.count + 16, "bytes are looked at over and over")
  return value
}

private func isText(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }
