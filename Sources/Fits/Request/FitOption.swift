import ScalingLaws

/// One option of a fit: what it is called, what it means, and how it is read and repeated.
///
/// From the name `x_direction` follow the member of a request, the option of a query and the flag
/// `--x-direction`. The schema of a request in openapi.yaml and the table of options in the README
/// repeat this table, and a test compares them with it.
public struct FitOption: Sendable {
  public let name: String
  /// What it does, in a sentence or two.
  public let explanation: String
  /// The JSON Schema of its values, as JSON, without description and default.
  let schema: String
  /// Whether its values are objects, whose members have names of their own: `intervals.level`.
  public let isObject: Bool
  /// Reads it, or settles what holds where it is left out; what is wrong with it is noted.
  let read: @Sendable (JSONField?, FitRequest.Limits, inout FitRequest) -> Void
  /// Its value in the canonical form of a request; nil where that leaves it out.
  let value: @Sendable (FitRequest) -> JSONValue?

  init(
    _ name: String, schema: String, isObject: Bool = false, _ explanation: String,
    read: @escaping @Sendable (JSONField?, FitRequest.Limits, inout FitRequest) -> Void,
    value: @escaping @Sendable (FitRequest) -> JSONValue?
  ) {
    self.name = name
    self.schema = schema
    self.isObject = isObject
    self.explanation = explanation
    self.read = read
    self.value = value
  }
}

// MARK: Kinds

extension FitOption {
  /// A property of ``FitRequest``; a literal of it can be sent to any thread.
  typealias Property<Value> = WritableKeyPath<FitRequest, Value> & Sendable

  /// One of the strings that a type allows; the canonical form has it where `applies` says so.
  static func choice<Choice>(
    _ name: String, _ property: any Property<Choice>, _ explanation: String,
    applies: @escaping @Sendable (FitRequest) -> Bool = { _ in true }
  ) -> FitOption where Choice: RawRepresentable<String> & CaseIterable & Sendable {
    let names = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    return FitOption(
      name, schema: #"{"type": "string", "enum": [\#(names)]}"#, explanation
    ) { field, _, request in
      if let choice = field?.oneOf(Choice.self) { request[keyPath: property] = choice }
    } value: { request in
      applies(request) ? .string(request[keyPath: property].rawValue) : nil
    }
  }

  /// A number, or nothing.
  static func number(
    _ name: String, _ property: any Property<Double?>, _ explanation: String
  ) -> FitOption {
    FitOption(name, schema: #"{"type": "number"}"#, explanation) { field, _, request in
      request[keyPath: property] = field?.number()
    } value: { request in
      request[keyPath: property].map(JSONValue.number)
    }
  }
}
