import ScalingLaws

// The ranking of the law and the forms fitted beside it; the names are those of openapi.yaml.

extension Comparison: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.array { json in
      for entry in entries { json.value(entry) }
    }
  }
}

extension Comparison.Entry: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("form", form?.rawValue ?? "bnsl")
      json.member("held_out_rmsle", heldOut?.rmsle)
      json.member("rsle", heldOut?.rsle)
      json.member("fit_rmsle", fit?.rmsle)
      json.member("fit_rsle", fit?.rsle)
      guard let form else { return }
      json.member("equation", form.equation)
      if let fitted {
        json.member("constants") { $0.object(fitted.writeConstants) }
      } else {
        json.member(
          "reason", "it needs \(form.constantCount) distinct x with every y above 0")
      }
    }
  }
}

extension ComparisonForm {
  /// The form as a formula of its own constants.
  fileprivate var equation: String {
    switch self {
    case .m1: "y = beta*x^c"
    case .m2: "y = eps + beta*x^c"
    case .m3: "y = beta*(1/x + gamma)^(-c)"
    case .m3Floor: "y = eps + beta*(1/x + gamma)^(-c)"
    case .m4: "(y - eps)/(eps0 - y)^alpha = beta*x^c"
    }
  }
}

extension FittedForm {
  /// The constants that the form has; beta also as a logarithm, since it may exceed any double.
  fileprivate func writeConstants(to json: inout JSONWriter) {
    json.member("beta", WideNumber(sign: 1, ln: logCoefficient))
    json.member("c", WideNumber(exponent))
    if form.hasLimit { json.member("eps", WideNumber(limit)) }
    if form.hasOffset { json.member("gamma", WideNumber(offset)) }
    if let saturation {
      json.member("eps0", WideNumber(saturation.ceiling))
      json.member("alpha", WideNumber(saturation.strength))
    }
  }
}
