public import Foundation

/// Measured learning curves and other reference data, which are no part of the repository.
///
/// They lie in the directory that the environment variable `BNSL_DATA` names, `../shared/data` by
/// default; tests that need them say so and are skipped where it is absent.
public enum MeasuredData {
  public static let directory = URL(
    fileURLWithPath: ProcessInfo.processInfo.environment["BNSL_DATA"] ?? "../shared/data")

  public static let isPresent = FileManager.default.fileExists(atPath: directory.path)

  /// The text of a file such as `nist/Misra1a.dat`.
  public static func text(_ name: String) throws -> String {
    try String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)
  }

  /// The rows of a CSV file below its header, by column name, in the order of the file.
  ///
  /// Lines that begin with `#` are comments. Quoted fields follow RFC 4180, section 2.
  public static func table(_ name: String) throws -> [[String: String]] {
    let lines = try text(name).split(whereSeparator: \.isNewline).filter { $0.first != "#" }
    guard let header = lines.first.map(fields) else { return [] }
    return lines.dropFirst().map { line in
      Dictionary(zip(header, fields(line)), uniquingKeysWith: { first, _ in first })
    }
  }

  private static func fields(_ line: Substring) -> [String] {
    var fields = [""]
    var isQuoted = false
    // A doubled quote closes and opens again, so one of the two belongs to the field.
    var previous: Character?
    for character in line {
      switch character {
      case "\"":
        if !isQuoted && previous == "\"" { fields[fields.count - 1].append("\"") }
        isQuoted.toggle()
      case "," where !isQuoted: fields.append("")
      default: fields[fields.count - 1].append(character)
      }
      previous = character
    }
    return fields
  }
}

/// One curve of a benchmark file: the points to fit and, beyond them, those to forecast.
public struct MeasuredCurve: Sendable, CustomStringConvertible {
  public struct Series: Sendable {
    public var x: [Double] = []
    public var y: [Double] = []
  }

  public let domain: String
  public let task: String
  public let model: String
  public var training = Series()
  public var heldOut = Series()

  public var description: String { "\(domain) \(task) \(model)" }

  /// The curves of a benchmark file in the order of their first rows, without its exact duplicate
  /// rows.
  public static func all(in name: String) throws -> [MeasuredCurve] {
    var curves: [MeasuredCurve] = []
    var places: [[String]: Int] = [:]
    var seen: Set<[String: String]> = []
    for row in try MeasuredData.table(name) where seen.insert(row).inserted {
      guard let domain = row["domain"], let task = row["task"], let model = row["model"],
        let x = row["x"].flatMap(Double.init), let y = row["y"].flatMap(Double.init),
        let training = row["training"].flatMap(Double.init)
      else { throw CocoaError(.fileReadCorruptFile) }
      let place = places[[domain, task, model]] ?? curves.count
      if place == curves.count {
        places[[domain, task, model]] = place
        curves.append(MeasuredCurve(domain: domain, task: task, model: model))
      }
      let part = training == 1 ? \MeasuredCurve.training : \MeasuredCurve.heldOut
      curves[place][keyPath: part].x.append(x)
      curves[place][keyPath: part].y.append(y)
    }
    return curves
  }
}
