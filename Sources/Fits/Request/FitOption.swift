import ScalingLaws

/// One option of a fit: its name, its meaning, and how it is read and written.
///
/// The name `x_direction` is the member of a request and the option of a query; the flag is
/// `--x-direction`. A test compares `FitOption.all` with openapi.yaml and with the README's table.
public struct FitOption: Sendable {
  public let name: String
  /// What it does, in a sentence or two.
  public let explanation: String
  /// The JSON Schema of its values, as JSON, without description and default.
  let schema: String
  /// Whether its values are objects, with members such as `intervals.level`.
  public let isObject: Bool
  /// Reads it into a request, or sets its default when it is missing; its faults are noted.
  let read: @Sendable (JSONField?, FitRequest.Limits, inout FitRequest) -> Void
  /// Its value in the canonical form of a request; nil where it is left out.
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
  /// A property of ``FitRequest``.
  typealias Property<Value> = WritableKeyPath<FitRequest, Value> & Sendable

  /// An option with one of the strings of a type; the canonical form has it if `applies`.
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

  /// An option with a number as its value, without a default.
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
