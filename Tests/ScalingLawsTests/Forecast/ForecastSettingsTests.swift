import Foundation
import Testing

@Suite("The numbers of the forecast that were chosen")
struct ForecastSettingsTests {
  private let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources/ScalingLaws/Forecast")

  @Test("at most fifty are about curves; the others are about the accuracy of the computation")
  func count() throws {
    let source = try String(
      contentsOf: folder.appending(path: "ForecastSettings.swift"), encoding: .utf8)
    let parts = source.components(separatedBy: "// MARK: Accuracy of the computation")
    let chosen = try #require(parts.count == 2 ? parts.first : nil)
    let code = chosen.replacing(/\/\/.*/, with: "")
    // A zero says that something does not take part.
    let numbers = code.matches(of: /[^\w.]([0-9][0-9_.]*)/).filter { Double($0.1) != 0 }
    #expect(numbers.count > 30 && numbers.count <= 50, "\(numbers.count)")
  }

  @Test("no other file of the forecast has one")
  func home() throws {
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    ).filter { !["ForecastSettings.swift", "Bootstrap.swift"].contains($0.lastPathComponent) }
    #expect(files.count > 5)
    for file in files {
      let source = try String(contentsOf: file, encoding: .utf8)
      let number = source.firstMatch(of: /static let [^=\n]*= -?[0-9]/)
      #expect(number == nil, "\(file.lastPathComponent)")
    }
  }
}
