import Foundation

extension JSONObject {
  /// How many options a query string may give.
  static let queryLimit = 200

  /// The options of a query string as a JSON object, so that one decoder reads both. Dots in a name
  /// stand for nested objects: `intervals.level=0.9` is the member `level` of `intervals`.
  ///
  /// Values are ``JSONValue/text(_:)``, because only the decoder knows whether a value is a string
  /// (`labels.task=2`) or a number (`predict=2`). `query` is the raw text after the `?`; `%`
  /// escapes are decoded and `+` is a space.
  public init(query: String, faults: Faults) {
    self.init()
    let options = query.split(separator: "&")
    guard options.count <= Self.queryLimit else {
      faults.note(
        at: .root, "the query string has \(options.count) options, more than \(Self.queryLimit)")
      return
    }
    for option in options {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.unescaped(parts[0]), let value = Self.unescaped(parts.last ?? "") else {
        faults.note(
          at: .root.appending(String(parts[0])),
          "has a `%` that two hexadecimal digits of UTF-8 do not follow")
        continue
      }
      let names = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      guard names.count <= 4, !names.contains("") else {
        faults.note(at: .root.appending(name), "is not a name: at most four parts, joined by dots")
        continue
      }
      insert(.text(parts.count == 2 ? value : "true"), at: names[...], in: .root, faults)
    }
  }

  private mutating func insert(
    _ value: JSONValue, at names: ArraySlice<String>, in parent: JSONPointer, _ faults: Faults
  ) {
    guard let name = names.first else { return }
    let pointer = parent.appending(name)
    let rest = names.dropFirst()
    guard let index = members.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
      var inner = JSONObject()
      inner.insert(value, at: rest, in: pointer, faults)
      members.append(Member(name, rest.isEmpty ? value : .object(inner)))
      return
    }
    switch members[index].value {
    case .object(var inner) where !rest.isEmpty:
      inner.insert(value, at: rest, in: pointer, faults)
      members[index].value = .object(inner)
    case .text where rest.isEmpty: faults.note(at: pointer, "is given more than once")
    default: faults.note(at: pointer, "has both a value and members")
    }
  }

  private static func unescaped(_ text: Substring) -> String? {
    text.replacing("+", with: " ").removingPercentEncoding
  }
}
