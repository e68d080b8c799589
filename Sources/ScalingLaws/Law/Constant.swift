/// A constant of the law, by the paper's letter.
public enum Constant: Hashable, Sendable, CustomStringConvertible {
  /// a: the limit.
  case a
  /// b: the coefficient.
  case b
  /// c0: the exponent before the first break.
  case c0
  /// c_i: the change of exponent at break i, counted from 1.
  case c(Int)
  /// d_i: the location of break i, counted from 1.
  case d(Int)
  /// f_i: the width of break i, counted from 1.
  case f(Int)

  /// Reads a name such as `a` or `d2`; nil for any other text.
  public init?(_ name: String) {
    switch name {
    case "a": self = .a
    case "b": self = .b
    case "c0": self = .c0
    default:
      guard let letter = name.first, let index = Int(name.dropFirst()),
        index >= 1, name.dropFirst() == String(index)
      else { return nil }
      switch letter {
      case "c": self = .c(index)
      case "d": self = .d(index)
      case "f": self = .f(index)
      default: return nil
      }
    }
  }

  public var description: String {
    switch self {
    case .a: "a"
    case .b: "b"
    case .c0: "c0"
    case .c(let i): "c\(i)"
    case .d(let i): "d\(i)"
    case .f(let i): "f\(i)"
    }
  }

  /// The break that the constant belongs to, counted from 1; nil for a, b and c0.
  public var breakIndex: Int? {
    switch self {
    case .a, .b, .c0: nil
    case .c(let i), .d(let i), .f(let i): i
    }
  }

  /// The constants of a law with `breaks` breaks in their usual order: a, b, c0, c1, d1, f1, ...
  public static func all(breaks: Int) -> [Constant] {
    [.a, .b, .c0] + (0..<breaks).flatMap { [.c($0 + 1), .d($0 + 1), .f($0 + 1)] }
  }
}
