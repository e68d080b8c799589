import Foundation

/// A JSON value whose members are reached by name: `answer.model.constants.a.value.number`.
///
/// What is missing reads as `.missing`, so that a wrong answer fails an expectation, not the test.
@dynamicMemberLookup
enum JSON: Equatable, Decodable {
  case missing, null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    // In the order of how often they occur, because each attempt that fails makes an error.
    if value.decodeNil() {
      self = .null
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let string = try? value.decode(String.self) {
      self = .string(string)
    } else if let object = try? value.decode([String: JSON].self) {
      self = .object(object)
    } else if let array = try? value.decode([JSON].self) {
      self = .array(array)
    } else {
      self = .bool(try value.decode(Bool.self))
    }
  }

  init(_ bytes: [UInt8]) throws {
    self = try JSONDecoder().decode(JSON.self, from: Data(bytes))
  }

  subscript(dynamicMember name: String) -> JSON { self[name] }

  subscript(name: String) -> JSON {
    guard case .object(let members) = self else { return .missing }
    return members[name] ?? .missing
  }

  /// An object without one of its members.
  func without(_ name: String) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { $0.key != name })
  }

  subscript(index: Int) -> JSON {
    array.indices.contains(index) ? array[index] : .missing
  }

  var number: Double? {
    guard case .number(let number) = self else { return nil }
    return number
  }

  var string: String? {
    guard case .string(let string) = self else { return nil }
    return string
  }

  /// The elements, none for what is no array.
  var array: [JSON] {
    guard case .array(let array) = self else { return [] }
    return array
  }
}

extension Curl.Answer {
  /// The body as JSON.
  var json: JSON { get throws { try JSON(body) } }
}
