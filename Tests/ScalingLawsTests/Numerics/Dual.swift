import Glibc

/// A number with its derivatives by all parameters: forward differentiation, exact to rounding.
struct Dual {
  var value: Double
  var derivatives: [Double]

  /// Applies a function whose value and slope at `value` are given.
  private func mapped(_ result: Double, slope: Double) -> Dual {
    Dual(value: result, derivatives: derivatives.map { $0 * slope })
  }

  static func + (a: Dual, b: Dual) -> Dual {
    Dual(value: a.value + b.value, derivatives: zip(a.derivatives, b.derivatives).map(+))
  }
  static func - (a: Dual, b: Dual) -> Dual { a + -1 * b }
  static func * (a: Dual, b: Dual) -> Dual {
    Dual(
      value: a.value * b.value,
      derivatives: zip(a.derivatives, b.derivatives).map { $0 * b.value + a.value * $1 })
  }
  static func / (a: Dual, b: Dual) -> Dual {
    a * b.mapped(1 / b.value, slope: -1 / (b.value * b.value))
  }
  static func + (a: Dual, b: Double) -> Dual { a.mapped(a.value + b, slope: 1) }
  static func + (a: Double, b: Dual) -> Dual { b + a }
  static func - (a: Dual, b: Double) -> Dual { a + -b }
  static func - (a: Double, b: Dual) -> Dual { b.mapped(a - b.value, slope: -1) }
  static func * (a: Dual, b: Double) -> Dual { a.mapped(a.value * b, slope: b) }
  static func * (a: Double, b: Dual) -> Dual { b * a }
  static func / (a: Dual, b: Double) -> Dual { a.mapped(a.value / b, slope: 1 / b) }
  static func / (a: Double, b: Dual) -> Dual {
    b.mapped(a / b.value, slope: -a / (b.value * b.value))
  }
  static prefix func - (a: Dual) -> Dual { -1 * a }

  static func exp(_ a: Dual) -> Dual {
    let e = Glibc.exp(a.value)
    return a.mapped(e, slope: e)
  }
  static func log(_ a: Dual) -> Dual { a.mapped(Glibc.log(a.value), slope: 1 / a.value) }
  static func sin(_ a: Dual) -> Dual { a.mapped(Glibc.sin(a.value), slope: Glibc.cos(a.value)) }
  static func cos(_ a: Dual) -> Dual { a.mapped(Glibc.cos(a.value), slope: -Glibc.sin(a.value)) }
  static func atan(_ a: Dual) -> Dual {
    a.mapped(Glibc.atan(a.value), slope: 1 / (1 + a.value * a.value))
  }
  static func pow(_ a: Dual, _ exponent: Double) -> Dual {
    a.mapped(
      Glibc.pow(a.value, exponent), slope: exponent * Glibc.pow(a.value, exponent - 1))
  }
  static func pow(_ a: Dual, _ exponent: Dual) -> Dual { exp(exponent * log(a)) }
  static func pow(_ a: Double, _ exponent: Dual) -> Dual { exp(exponent * Glibc.log(a)) }
}
