import Foundation
import Testing
import Yams

@testable import FitService
@testable import Fits

@Suite("Options of a fit")
struct FitOptionTests {
  /// What holds where an option is left out; nil where that is no value.
  private static func usual(_ option: FitOption) throws -> JSONValue? {
    option.value(try #require(try FitRequestTests.decode(FitRequestTests.body("")).request))
  }

  private static func file(_ name: String) throws -> String {
    let top = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    return try String(contentsOf: top.appending(path: name), encoding: .utf8)
  }

  @Test("openapi.yaml has the schema of each", arguments: FitOption.all)
  func schema(option: FitOption) throws {
    var schema = try JSONDocument(Array(option.schema.utf8)).root
    guard case .object(var members) = schema else { throw CocoaError(.coderInvalidValue) }
    if let usual = try Self.usual(option) { members.members.append(.init("default", usual)) }
    members.members.append(.init("description", .string(option.explanation)))
    schema = .object(members)
    let wanted = String(decoding: JSONWriter.bytes(of: schema), as: UTF8.self)
    let document = try Yams.load(yaml: Self.file("openapi.yaml"))
    let found = ["components", "schemas", "FitRequest", "properties", option.name].reduce(document)
    {
      ($0 as? [String: Any])?[$1]
    }
    #expect(
      try Self.sorted(found) == Self.sorted(Yams.load(yaml: wanted)),
      "openapi.yaml needs the line\n        \(option.name): \(wanted)")
  }

  /// A value of YAML as JSON, its members in the order of their names.
  private static func sorted(_ value: Any?) throws -> String {
    let json = try JSONSerialization.data(
      withJSONObject: value ?? NSNull(), options: [.sortedKeys, .fragmentsAllowed])
    return String(decoding: json, as: UTF8.self)
  }

  @Test("the README has a row for each")
  func readme() throws {
    let rows = try FitOption.all.map { option in
      let usual =
        try Self.usual(option)
        .map { " `\(String(decoding: JSONWriter.bytes(of: $0), as: UTF8.self))`" } ?? ""
      return "| `\(option.name)` |\(usual) | \(option.explanation) |\n"
    }
    let readme = try Self.file("README.md")
    for row in rows { #expect(readme.contains(row), "README.md needs the row\n\(row)") }
    #expect(readme.contains(rows.joined()), "the rows stand in the order of the table")
  }
}
