/// A media type with its parameters: `text/csv; charset=utf-8` (RFC 9110 §8.3.1).
public struct MediaType: Sendable, Equatable, CustomStringConvertible {
  public struct Parameter: Sendable, Equatable {
    /// The name in lower case.
    public let name: String
    public let value: String
  }

  /// The type in lower case, such as `text`.
  public let type: String
  /// The subtype in lower case, such as `csv`.
  public let subtype: String
  public let parameters: [Parameter]

  /// Reads a whole field value; nil when it is not a media type.
  public init?(_ text: String) {
    var scanner = FieldScanner(text)
    scanner.skipBlanks()
    self.init(from: &scanner)
    guard scanner.isAtElementEnd(), scanner.isAtEnd else { return nil }
  }

  /// Reads a media type or a media range at the position of the scanner.
  init?(from scanner: inout FieldScanner) {
    guard let type = scanner.scanToken(), scanner.scan("/"), let subtype = scanner.scanToken(),
      let parameters = Self.parameters(from: &scanner)
    else { return nil }
    self.type = Self.text(type)
    self.subtype = Self.text(subtype)
    self.parameters = parameters
  }

  /// Reads `*( OWS ";" OWS [ parameter ] )` (RFC 9110 §5.6.6), no blanks around the equals sign.
  private static func parameters(from scanner: inout FieldScanner) -> [Parameter]? {
    var parameters: [Parameter] = []
    while true {
      scanner.skipBlanks()
      guard scanner.scan(";") else { return parameters }
      scanner.skipBlanks()
      guard let name = scanner.scanToken() else { continue }
      guard scanner.scan("="), let value = scanner.scanWord() else { return nil }
      parameters.append(Parameter(name: text(name), value: value))
    }
  }

  private static func text(_ token: ArraySlice<UInt8>) -> String {
    String(decoding: token.map(\.lowercased), as: UTF8.self)
  }

  /// The type and subtype alone, such as `text/csv`.
  public var essence: String { "\(type)/\(subtype)" }

  /// The value of a parameter; `name` is in lower case.
  public subscript(parameter name: String) -> String? {
    parameters.first { $0.name == name }?.value
  }

  public var description: String {
    parameters.reduce(into: essence) { $0 += "; \($1.name)=\($1.value)" }
  }
}
