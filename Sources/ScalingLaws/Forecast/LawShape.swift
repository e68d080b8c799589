import Glibc

/// The nonlinear constants of a law: its limit, and the locations and widths of its breaks.
///
/// f(t) = a + side e^g(t), g(t) = beta - E t + sum_j c_j (t - f_j softplus((t - d_j)/f_j)):
/// E is the exponent after all breaks; breaks change g before their location only.
struct LawShape: Sendable {
  /// +1: the law falls to its limit; -1: it lies below a ceiling.
  var side = 1.0
  /// ln of the e-folds between the data and the limit; nil: the limit is the farthest possible.
  var logFolds: Double?
  /// a, as a value f.
  var limit = 0.0
  var breaks = 0
  /// d of each break.
  var location = SIMD2<Double>.zero
  /// ln f of each break.
  var logWidth = SIMD2<Double>.zero

  /// How many constants it has.
  var dimension: Int { (logFolds == nil ? 0 : 1) + 2 * breaks }

  /// Whether two shapes have the same number of breaks, side and kind of limit.
  func isOfClass(of other: LawShape) -> Bool {
    breaks == other.breaks && side == other.side && (logFolds == nil) == (other.logFolds == nil)
  }

  /// The constants as a vector: ln of the e-folds, then d and ln f of each break.
  var coordinates: [Double] {
    var vector: [Double] = logFolds.map { [$0] } ?? []
    for j in 0..<breaks { vector += [location[j], logWidth[j]] }
    return vector
  }

  /// The shape with other constants; its limit must be set by `LawPrior.completed`.
  func at(_ coordinates: [Double]) -> LawShape {
    var shape = self
    var next = 0
    if logFolds != nil {
      shape.logFolds = coordinates[0]
      next = 1
    }
    for j in 0..<breaks {
      shape.location[j] = coordinates[next + 2 * j]
      shape.logWidth[j] = coordinates[next + 2 * j + 1]
    }
    return shape
  }

  /// The two breaks in the other order.
  var withBreaksExchanged: LawShape {
    var shape = self
    shape.location = SIMD2(location.y, location.x)
    shape.logWidth = SIMD2(logWidth.y, logWidth.x)
    return shape
  }
}
