import Glibc
import TestSupport

@testable import ScalingLaws

/// A nonlinear regression problem of the Statistical Reference Datasets of NIST: a model typed in
/// from its description, with data, starts and certified values read from its file.
struct NISTProblem: Sendable, CustomStringConvertible {
  /// The model's value from its parameters b1, b2, ... (0-based here) and predictors.
  typealias Model = @Sendable (_ b: [Dual], _ x: [Double]) -> Dual

  let name: String
  let model: Model

  var description: String { name }

  static let all: [NISTProblem] = [
    NISTProblem("Misra1a") { b, x in b[0] * (1 - Dual.exp(-b[1] * x[0])) },
    NISTProblem("Misra1b") { b, x in b[0] * (1 - Dual.pow(1 + b[1] * x[0] / 2, -2)) },
    NISTProblem("Misra1c") { b, x in b[0] * (1 - Dual.pow(1 + 2 * b[1] * x[0], -0.5)) },
    NISTProblem("Misra1d") { b, x in b[0] * b[1] * x[0] / (1 + b[1] * x[0]) },
    NISTProblem("Chwirut1", model: chwirut),
    NISTProblem("Chwirut2", model: chwirut),
    NISTProblem("Lanczos1", model: threeExponentials),
    NISTProblem("Lanczos2", model: threeExponentials),
    NISTProblem("Lanczos3", model: threeExponentials),
    NISTProblem("Gauss1", model: twoPeaks),
    NISTProblem("Gauss2", model: twoPeaks),
    NISTProblem("Gauss3", model: twoPeaks),
    NISTProblem("DanWood") { b, x in b[0] * Dual.pow(x[0], b[1]) },
    NISTProblem("Kirby2") { b, x in
      polynomial([b[0], b[1], b[2]], x[0]) / (1 + x[0] * polynomial([b[3], b[4]], x[0]))
    },
    NISTProblem("Hahn1", model: cubicRatio),
    NISTProblem("Nelson") { b, x in b[0] - b[1] * x[0] * Dual.exp(-b[2] * x[1]) },
    NISTProblem("MGH17") { b, x in
      b[0] + b[1] * Dual.exp(-b[3] * x[0]) + b[2] * Dual.exp(-b[4] * x[0])
    },
    NISTProblem("Roszman1") { b, x in
      b[0] - b[1] * x[0] - Dual.atan(b[2] / (x[0] - b[3])) / .pi
    },
    NISTProblem("ENSO") { b, x in
      let year = 2 * .pi * x[0] / 12
      let first = 2 * .pi * x[0] / b[3]
      let second = 2 * .pi * x[0] / b[6]
      let yearly = b[1] * cos(year) + b[2] * sin(year)
      return b[0] + yearly + b[4] * Dual.cos(first) + b[5] * Dual.sin(first)
        + b[7] * Dual.cos(second) + b[8] * Dual.sin(second)
    },
    NISTProblem("MGH09") { b, x in
      b[0] * (x[0] * x[0] + x[0] * b[1]) / (x[0] * x[0] + x[0] * b[2] + b[3])
    },
    NISTProblem("Thurber", model: cubicRatio),
    NISTProblem("BoxBOD") { b, x in b[0] * (1 - Dual.exp(-b[1] * x[0])) },
    NISTProblem("Rat42") { b, x in b[0] / (1 + Dual.exp(b[1] - b[2] * x[0])) },
    NISTProblem("Rat43") { b, x in b[0] / Dual.pow(1 + Dual.exp(b[1] - b[2] * x[0]), 1 / b[3]) },
    NISTProblem("MGH10") { b, x in b[0] * Dual.exp(b[1] / (x[0] + b[2])) },
    NISTProblem("Eckerle4") { b, x in
      let z = (x[0] - b[2]) / b[1]
      return b[0] / b[1] * Dual.exp(-0.5 * z * z)
    },
    NISTProblem("Bennett5") { b, x in b[0] * Dual.pow(b[1] + x[0], -1 / b[2]) },
  ]

  private init(_ name: String, model: @escaping Model) {
    self.name = name
    self.model = model
  }

  private static func polynomial(_ coefficients: [Dual], _ x: Double) -> Dual {
    coefficients.dropLast().reversed().reduce(coefficients[coefficients.count - 1]) {
      $0 * x + $1
    }
  }

  private static let chwirut: Model = { b, x in Dual.exp(-b[0] * x[0]) / (b[1] + b[2] * x[0]) }

  private static let threeExponentials: Model = { b, x in
    b[0] * Dual.exp(-b[1] * x[0]) + b[2] * Dual.exp(-b[3] * x[0]) + b[4] * Dual.exp(-b[5] * x[0])
  }

  private static let twoPeaks: Model = { b, x in
    func peak(_ height: Dual, _ centre: Dual, _ width: Dual) -> Dual {
      let z = (x[0] - centre) / width
      return height * Dual.exp(-(z * z))
    }
    return b[0] * Dual.exp(-b[1] * x[0]) + peak(b[2], b[3], b[4]) + peak(b[5], b[6], b[7])
  }

  private static let cubicRatio: Model = { b, x in
    polynomial([b[0], b[1], b[2], b[3]], x[0])
      / (1 + x[0] * polynomial([b[4], b[5], b[6]], x[0]))
  }

  /// What the problem's file says.
  struct Certificate {
    var starts: [[Double]] = [[], []]
    var parameters: [Double] = []
    var sumOfSquares = Double.nan
    /// Rows of the response and its predictors.
    var data: [[Double]] = []
  }

  func certificate() throws -> Certificate {
    var certificate = Certificate()
    var isData = false
    for line in try MeasuredData.text("nist/\(name).dat").split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      let numbers = words.compactMap { Double($0) }
      if words.first == "Data:" {
        // The last of several such lines is the head of the table.
        isData = true
        certificate.data = []
      } else if isData && numbers.count == words.count {
        certificate.data.append(numbers)
      } else if words.count == 6, words[0].first == "b", words[1] == "=" {
        certificate.starts[0].append(numbers[0])
        certificate.starts[1].append(numbers[1])
        certificate.parameters.append(numbers[2])
      } else if line.hasPrefix("Residual Sum of Squares:") {
        certificate.sumOfSquares = numbers[0]
      }
    }
    // A copy of the file in circulation prints 2.0196866396E-01 as 1.20196866396E-0.
    if name == "Roszman1" && certificate.parameters[0] > 1 {
      certificate.parameters[0] = 0.20196866396
    }
    // Nelson's response is the logarithm of y.
    if name == "Nelson" {
      for i in certificate.data.indices { certificate.data[i][0] = log(certificate.data[i][0]) }
    }
    return certificate
  }

  /// The problem for the solver, with exact derivatives.
  func residuals(_ certificate: Certificate) -> ResidualFunctions {
    let model = model
    let data = certificate.data
    let count = certificate.parameters.count
    return ResidualFunctions(parameterCount: count, residualCount: data.count) { parameters in
      let b = parameters.enumerated().map { k, value in
        Dual(value: value, derivatives: (0..<count).map { $0 == k ? 1 : 0 })
      }
      return data.map { row in
        let residual = model(b, Array(row.dropFirst())) - row[0]
        return (residual.value, residual.derivatives)
      }
    }
  }
}
