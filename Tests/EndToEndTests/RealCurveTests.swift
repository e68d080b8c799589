import Foundation
import Testing

extension EndToEnd {
  @Suite("Real curves over HTTP")
  struct RealCurves {
    static let directory = URL(
      filePath: ProcessInfo.processInfo.environment["BNSL_DATA"] ?? "../shared/data")

    @Test(
      "every real curve is answered 200, and each null has its reason",
      arguments: [
        "benchmark.dev.csv", "extra.dev.csv",
      ])
    func everyCurve(file: String) async throws {
      guard
        let table = try? String(contentsOf: Self.directory.appending(path: file), encoding: .utf8)
      else {
        print("skipped: there is no \(file) in BNSL_DATA (\(Self.directory.path))")
        return
      }
      try await withServer { server in
        for (name, body) in try Self.requests(table) {
          let answer = try await server.post(
            "/fit", body, fields: ["Content-Type": "text/csv", "Prefer": "wait=60"])
          #expect(answer.status == 200, "\(name): \(answer.text.prefix(500))")
          guard answer.status == 200 else { continue }
          let result = try answer.json
          let unexplained = result.nulls.filter { null in
            !Self.reasons.contains { $0.explains(null, in: result) }
          }
          #expect(unexplained.isEmpty, "\(name): nulls without a reason at \(unexplained)")
        }
      }
    }

    /// Why a member may be null: by its nature, or when one of these warnings says so.
    struct Reason {
      let member: String
      var warnings: [String] = []

      /// `pointer` matches when it is the member's, a `#` standing for any index or constant.
      func explains(_ pointer: String, in result: JSON) -> Bool {
        let parts = pointer.split(separator: "/")
        let pattern = member.split(separator: "/")
        guard parts.count == pattern.count,
          zip(parts, pattern).allSatisfy({ $0 == $1 || $1 == "#" })
        else { return false }
        return warnings.isEmpty
          || result.warnings.array.contains { warnings.contains($0.code.string ?? "") }
      }
    }

    static let reasons: [Reason] =
      [
        // The outermost segments have no end; one between two points has no gap to measure.
        "/segments/#/from", "/segments/#/to", "/segments/#/largest_gap",
        // Only `holdout` validates; the correction needs more points than constants.
        "/selection/candidates/#/validation_error", "/selection/candidates/#/aicc",
        // Never detectable; not to be told without sigma; a turn beyond the data has no depth.
        "/breaks/#/detectable_from", "/shape/trend/p_no_change", "/shape/turning_points/#/depth",
        "/shape/turning_points/#/depth_in_deviations",
        // The law rises or falls without bound.
        "/limit/x_to_infinity",
      ].map { Reason(member: $0) }
      + ["se", "lower", "upper"].map {
        Reason(
          member: "/model/constants/#/\($0)",
          warnings: ["parameter_at_bound", "covariance_unavailable", "value_unavailable"])
      }
      + [
        Reason(
          member: "/model/correlation", warnings: ["covariance_unavailable", "value_unavailable"]),
        Reason(member: "/segments/#/coefficient/value", warnings: ["value_unavailable"]),
        Reason(member: "/model/constants/#/value", warnings: ["value_unavailable"]),
      ]
      + ["/breaks/#/lower", "/breaks/#/upper"].map {
        Reason(member: $0, warnings: ["parameter_at_bound", "covariance_unavailable"])
      }
      + ["/limit/lower", "/limit/upper"].map {
        Reason(member: $0, warnings: ["limit_not_identified", "covariance_unavailable"])
      }

    /// One request for each curve: its training points to fit, the others held out.
    private static func requests(_ table: String) throws -> [(name: String, body: String)] {
      var curves: [String: [String]] = [:]
      var order: [String] = []
      let lines = table.split(whereSeparator: \.isNewline)
      for line in lines.dropFirst() {
        // Names may hold commas; the last three cells are numbers.
        let cells = line.split(separator: ",")
        let name = cells.dropLast(3).joined(separator: ",")
        if curves[name] == nil { order.append(name) }
        curves[name, default: []].append(cells.suffix(3).joined(separator: ","))
      }
      #expect(!order.isEmpty)
      return order.map { name in
        (name, "x,y,training\n" + curves[name, default: []].map { $0 + "\n" }.joined())
      }
    }
  }
}

extension JSON {
  /// The places of all nulls, as JSON Pointers.
  fileprivate var nulls: [String] {
    switch self {
    case .null: [""]
    case .array(let array):
      array.enumerated().flatMap { index, value in value.nulls.map { "/\(index)\($0)" } }
    case .object(let object):
      object.sorted { $0.key < $1.key }.flatMap { name, value in value.nulls.map { "/\(name)\($0)" }
      }
    default: []
    }
  }
}
