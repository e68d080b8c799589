import TestSupport
import Testing

extension EndToEnd {
  @Suite(
    "Real curves over HTTP", .enabled(if: MeasuredData.isPresent, "there is nothing in BNSL_DATA"))
  struct RealCurves {
    @Test(
      "every real curve is answered 200, and each null has its reason",
      arguments: [
        "benchmark.dev.csv", "extra.dev.csv",
      ])
    func everyCurve(file: String) async throws {
      let curves = try MeasuredCurve.all(in: file)
      #expect(!curves.isEmpty)
      try await withServer { server in
        for curve in curves {
          let answer = try await server.post(
            "/fit", curve.table, fields: ["Content-Type": "text/csv", "Prefer": "wait=60"])
          #expect(answer.status == 200, "\(curve): \(answer.text.prefix(500))")
          guard answer.status == 200 else { continue }
          let result = try answer.json
          let unexplained = result.nulls.filter { null in
            !Self.reasons.contains { $0.explains(null, in: result) }
          }
          #expect(unexplained.isEmpty, "\(curve): nulls without a reason at \(unexplained)")
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
          || result.warnings.array.contains { warning in
            guard let code = warning.code.string, warnings.contains(code) else { return false }
            let words = warning.detail.string?.split { " ,;".contains($0) } ?? []
            switch code {
            case "value_unavailable": return words.contains { $0 == pointer }
            case "parameter_at_bound":
              // A break's interval is that of its constant d.
              let constant = parts[0] == "breaks" ? "d\((Int(parts[1]) ?? -2) + 1)" : parts[2]
              return words.first == constant
            default: return true
            }
          }
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
        // No column of the table tells curves apart.
        "/read/curve", "/request/read/curve",
      ].map { Reason(member: $0) }
      + [
        Reason(
          member: "/predictability/next_break_invisible_beyond/x", warnings: ["value_unavailable"])
      ]
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
        Reason(
          member: $0,
          warnings: ["parameter_at_bound", "covariance_unavailable", "value_unavailable"])
      }
      + ["/limit/lower", "/limit/upper"].map {
        Reason(member: $0, warnings: ["limit_not_identified", "covariance_unavailable"])
      }
  }
}

extension MeasuredCurve {
  /// The body of a request that fits the training points and holds out the others.
  fileprivate var table: String {
    func rows(_ series: Series, _ training: Int) -> [String] {
      zip(series.x, series.y).map { "\($0),\($1),\(training)\n" }
    }
    return "x,y,training\n" + (rows(training, 1) + rows(heldOut, 0)).joined()
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
