/// The media types that a client accepts, with their weights: the field `Accept` (RFC 9110
/// §12.5.1).
///
/// Malformed elements are ignored. Without any valid element every type is accepted, because the
/// RFC allows a server to disregard the field.
public struct Accept: Sendable {
  private struct Range: Sendable {
    let type: String
    let subtype: String
    let parameters: [MediaType.Parameter]
    /// In thousandths.
    let quality: Int

    /// How specific the range is for the media type; nil when the range does not match it.
    func specificity(for offer: MediaType) -> Int? {
      if type == "*" { return subtype == "*" && parameters.isEmpty ? 0 : nil }
      guard type == offer.type else { return nil }
      if subtype == "*" { return 1 }
      guard subtype == offer.subtype else { return nil }
      let matches = parameters.allSatisfy { wanted in
        offer[parameter: wanted.name]?.lowercased() == wanted.value.lowercased()
      }
      return matches ? 2 + parameters.count : nil
    }
  }

  private let ranges: [Range]

  /// Reads the field's value, lines joined by commas; nil when there was no such field.
  public init(_ value: String?) {
    var scanner = FieldScanner(value ?? "")
    self.init(from: &scanner)
  }

  init(from scanner: inout FieldScanner) {
    ranges = scanner.takeElements { MediaType(from: &$0).flatMap(Self.range) }
  }

  private static func range(_ parsed: MediaType) -> Range? {
    // Parameters after the weight are extensions, and none is defined.
    let parameters = parsed.parameters.prefix { $0.name != "q" }
    var quality = 1000
    if parameters.count < parsed.parameters.count {
      guard let weight = Self.quality(parsed.parameters[parameters.count].value) else {
        return nil
      }
      quality = weight
    }
    return Range(
      type: parsed.type, subtype: parsed.subtype, parameters: Array(parameters), quality: quality)
  }

  /// Reads a weight, `0[.ddd]` or `1[.000]` (RFC 9110 §12.4.2), in thousandths.
  private static func quality(_ text: String) -> Int? {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, first == UInt8(ascii: "0") || first == UInt8(ascii: "1"),
      bytes.count <= 5, bytes.count == 1 || bytes[1] == UInt8(ascii: "."),
      bytes.dropFirst(2).allSatisfy(\.isDigit)
    else { return nil }
    var quality = Int(first - UInt8(ascii: "0"))
    for place in 2..<5 {
      quality = quality * 10 + (place < bytes.count ? Int(bytes[place] - UInt8(ascii: "0")) : 0)
    }
    return quality <= 1000 ? quality : nil
  }

  /// The weight of the type by the most specific range that matches it, from 0 (not accepted) to
  /// 1,000.
  func quality(of offer: MediaType) -> Int {
    guard !ranges.isEmpty else { return 1000 }
    var best: (specificity: Int, quality: Int)?
    for range in ranges {
      guard let specificity = range.specificity(for: offer) else { continue }
      if specificity > best?.specificity ?? -1 { best = (specificity, range.quality) }
    }
    return best?.quality ?? 0
  }

  /// The offer with the largest weight, the first of equal ones; nil when none is accepted (406).
  public func choose(from offers: [MediaType]) -> MediaType? {
    var chosen: (offer: MediaType, quality: Int)?
    for offer in offers {
      let quality = quality(of: offer)
      if quality > chosen?.quality ?? 0 { chosen = (offer, quality) }
    }
    return chosen?.offer
  }
}
