import Glibc

/// The scale on which residuals are taken.
public enum Objective: String, Sendable, CaseIterable {
  /// ln yhat - ln y: relative errors; needs y > 0.
  case log
  /// ln(1 + yhat) - ln(1 + y): the paper's stable variant (A.6); needs y > -1.
  case log1p
  /// yhat - y.
  case linear

  /// What a caller may ask for.
  public enum Choice: Sendable, Hashable {
    /// `log` when all y > 0, else `log1p` when all y > -1, else `linear`.
    case automatic
    case given(Objective)

    /// The objective for these values, all in units of y.
    public func resolved(for values: [Double]) -> Objective {
      switch self {
      case .given(let objective): objective
      case .automatic:
        if values.allSatisfy({ $0 > 0 }) {
          .log
        } else if values.allSatisfy({ $0 > -1 }) {
          .log1p
        } else {
          .linear
        }
      }
    }
  }

  /// Whether a value lies in the objective's domain.
  public func admits(_ value: Double) -> Bool {
    switch self {
    case .log: value > 0
    case .log1p: value > -1
    case .linear: true
    }
  }

  /// The value on the objective's scale, with `unit` units of y to one of `value`.
  func transform(_ value: Double, unit: Double = 1) -> Double {
    switch self {
    case .log: logarithm(value)
    case .log1p: logarithm1p(unit * value)
    case .linear: value
    }
  }

  /// The value that `transform` takes to `transformed`.
  func inverse(_ transformed: Double, unit: Double = 1) -> Double {
    switch self {
    case .log: exp(transformed)
    case .log1p: expm1(transformed) / unit
    case .linear: transformed
    }
  }

  /// d transform / d value.
  func derivative(_ value: Double, unit: Double = 1) -> Double {
    switch self {
    case .log: 1 / value
    case .log1p: unit / (1 + unit * value)
    case .linear: 1
    }
  }
}

extension Objective.Choice: RawRepresentable, CaseIterable {
  public static let allCases = [.automatic] + Objective.allCases.map(Self.given)

  public init?(rawValue: String) {
    guard let choice = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = choice
  }

  public var rawValue: String {
    switch self {
    case .automatic: "auto"
    case .given(let objective): objective.rawValue
    }
  }
}

// Inside `Objective` the names `log` and `log1p` mean its cases.
private func logarithm(_ v: Double) -> Double { log(v) }
private func logarithm1p(_ v: Double) -> Double { log1p(v) }
