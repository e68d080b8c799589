import Foundation
import ScalingLaws

/// A request to simulate: everything is decided, nothing is left to check.
package struct SimulationRequest {
  var simulation: Simulation
  /// How many seconds the job may run.
  package var timeout: Double

  private static let mostPrefixes = 200
  private static let mostRepeats = 100

  /// Decodes the body of `POST /simulate`; nil when something has been noted in its faults.
  package init?(_ body: JSONField, within limits: FitRequest.Limits) {
    let decoded = body.object { fields -> SimulationRequest? in
      let law = fields.required("constants")?.law(breaksAtMost: limits.breaks)
      let grid = fields.required("x").flatMap { $0.grid(atMost: limits.points) }
      let end = fields["evaluate_to"]?.number(.positive)
      let breaks = fields["breaks"]?.integer(in: 0...limits.breaks)
      let noise = fields["sigma"]?.number(.nonNegative)
      let repeats = fields["repeats"]?.integer(in: 1...Self.mostRepeats)
      let tolerance = fields["tolerance"]?.number(.positive)
      let prefixes = fields["prefixes"].flatMap { field in
        field.isWord("auto") ? nil : field.numbers(.positive, atMost: Self.mostPrefixes)
      }
      let seed = fields["seed"]?.integer(in: 0...Int.max)
      let timeout = limits.timeout(fields["timeout_s"])
      guard let law, let grid, let last = grid.values.last else { return nil }
      guard let beyond = grid.continued(to: end ?? 4 * last, atMost: limits.points) else {
        fields["evaluate_to"]?.refuse("asks for more than \(limits.points) x beyond the points")
        return nil
      }
      return SimulationRequest(
        simulation: Simulation(
          law: law, x: grid.values, evaluation: grid.values + beyond,
          breaks: breaks ?? law.breaks.count, noise: noise ?? 0, repeats: repeats ?? 1,
          tolerance: tolerance ?? 0.01, prefixes: prefixes, seed: UInt64(seed ?? 0)),
        timeout: timeout)
    }
    guard let decoded, body.faults.isEmpty else { return nil }
    self = decoded
  }

  private init(simulation: Simulation, timeout: Double) {
    self.simulation = simulation
    self.timeout = timeout
  }
}

/// Where a curve is measured, and how its x go on.
private struct MeasuredX {
  /// Ascending, without repetition.
  let values: [Double]
  /// Between neighbours, when that is always the same.
  let step: Double?

  /// The x from the last value to the end: by the same step, or evenly in ln x; nil when they are
  /// too many.
  func continued(to end: Double, atMost limit: Int) -> [Double]? {
    guard let last = values.last, end > last else { return [] }
    guard let step else {
      let ratio = log(end) - log(last)
      return (1...50).map { index in min(exp(log(last) + ratio * Double(index) / 50), end) }
    }
    let count = ((end - last) / step + 1e-9).rounded(.down)
    guard count <= Double(limit) else { return nil }
    return count < 1 ? [] : (1...Int(count)).map { last + step * Double($0) }
  }
}

extension JSONField {
  /// The x of a simulated measurement: numbers, or `from`, `to` and `step`.
  fileprivate func grid(atMost limit: Int) -> MeasuredX? {
    guard case .object = value else {
      return numbers(.positive, atMost: limit).flatMap { numbers in
        let values = Set(numbers).sorted()
        if values.isEmpty { refuse("must not be empty") }
        return values.isEmpty ? nil : MeasuredX(values: values, step: nil)
      }
    }
    return object { range in
      let from = range.required("from")?.number(.positive)
      let to = range.required("to")?.number(.positive)
      let step = range["step"].map { $0.number(.positive) } ?? 1
      guard let from, let to, let step else { return nil }
      guard from < to else {
        refuse("`from` must be less than `to`")
        return nil
      }
      let count = ((to - from) / step + 1e-9).rounded(.down)
      guard count < Double(limit) else {
        refuse("has more than \(limit) x")
        return nil
      }
      return MeasuredX(values: (0...Int(count)).map { from + step * Double($0) }, step: step)
    }
  }
}
