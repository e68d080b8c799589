import HTTPTypes
import Plots

/// The page `/problems/{code}`: what a code means and what to do.
///
/// A code may belong to a problem, a warning or both: `too_few_points` refuses a request with two
/// points and warns of a fit to eight.
public struct ProblemPage: Sendable {
  public let code: String
  /// One part for the problem, one for the warning.
  let parts: [(kind: String, entry: CatalogueEntry)]

  /// The page of a code, or nil when there is no such code.
  public init?(code: String) {
    self.code = code
    var parts: [(String, CatalogueEntry)] = []
    if let problem = ProblemCode(rawValue: code) {
      let status = problem.status
      parts.append(("Problem, status \(status.code) \(status.reasonPhrase)", problem.entry))
    }
    if let warning = WarningCode(rawValue: code) {
      parts.append(("Warning", warning.entry))
    }
    guard !parts.isEmpty else { return nil }
    self.parts = parts
  }

  /// The codes of all pages, in alphabetical order.
  public static let codes: [String] = Set(
    ProblemCode.allCases.map(\.rawValue) + WarningCode.allCases.map(\.rawValue)
  ).sorted()

  /// The page as plain text.
  public var text: String {
    parts.map { kind, entry in
      "\(entry.title)\n\(code) (\(kind))\n\n\(entry.meaning)\n\nWhat to do: \(entry.remedy)\n"
    }.joined(separator: "\n")
  }

  /// The page as HTML.
  public var html: String {
    let body = parts.map { kind, entry in
      """
      <h1>\(entry.title.escaped)</h1>
      <p><code>\(code.escaped)</code> (\(kind.escaped))</p>
      <p>\(entry.meaning.escaped)</p>
      <p><strong>What to do:</strong> \(entry.remedy.escaped)</p>
      """
    }
    return """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>\(code.escaped)</title>
      <body style="font: 1rem/1.5 sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem">
      \(body.joined(separator: "\n"))
      </body>
      </html>

      """
  }
}

/// The explanation of one code.
struct CatalogueEntry: Sendable {
  let title: String
  let meaning: String
  let remedy: String

  init(_ title: String, _ meaning: String, _ remedy: String) {
    self.title = title
    self.meaning = meaning
    self.remedy = remedy
  }
}
