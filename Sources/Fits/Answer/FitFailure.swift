import ScalingLaws

/// The reason why points cannot be fitted as asked. A failed job stores it.
package struct FitFailure: Error, JSONWritable, Equatable {
  package var code: ProblemCode
  /// A sentence.
  package var detail: String
  /// The faulty member of the request. Empty, for the whole request, when the points are at fault,
  /// since they may come from several members or from a table.
  package var pointer = ""

  package func write(to json: inout JSONWriter) {
    json.object {
      $0.member("code", code.rawValue)
      $0.member("detail", detail)
      $0.member("pointer", pointer)
    }
  }

  /// The problem that a job with this failure is answered with.
  package var problem: Problem {
    let place = pointer.split(separator: "/").reduce(JSONPointer.root) { $0.appending(String($1)) }
    return Problem(code, detail, errors: [Fault(.pointer(place), detail)])
  }
}

extension FitFailure {
  /// Reads what `write` wrote; nil for anything else.
  package init?(stored bytes: [UInt8]) {
    guard let document = try? JSONDocument(bytes), case .object(let object) = document.root,
      case .string(let name)? = object["code"], let code = ProblemCode(rawValue: name),
      case .string(let detail)? = object["detail"], case .string(let pointer)? = object["pointer"]
    else { return nil }
    self.init(code: code, detail: detail, pointer: pointer)
  }

  /// The failure for an error of the fit; nil when the fit was cancelled.
  ///
  /// The options tell which member of the request holds a constant.
  init?(_ error: FitError, _ options: FitOptions) {
    func place(_ constant: Constant) -> String {
      (options.fixed[constant] == nil ? "/bounds/" : "/fixed/") + constant.description
    }
    switch error {
    case .tooFewDistinctX(let got, let needed):
      self.init(
        code: .tooFewPoints,
        detail: "A fit needs \(needed) distinct x; there are \(got), held-out points not counted.")
    case .tooFewPoints(let got, let needed, let breaks):
      self.init(
        code: .tooFewPoints,
        detail: "A law with \(breaks) \(breaks == 1 ? "break" : "breaks") has \(needed) constants "
          + "and needs as many points; there are \(got), held-out points not counted.",
        pointer: "/breaks")
    case .outsideObjective(let objective, let x, let y):
      let name = objective.rawValue
      self.init(
        code: .cannotFit,
        detail: "The objective `\(name)` does not allow y = \(y.jsonText), measured at x = "
          + "\(x.jsonText): choose `auto` or `linear`.", pointer: "/objective")
    case .ceilingBelowData(let ceiling, let largest):
      self.init(
        code: .cannotFit,
        detail: "The ceiling \(ceiling.jsonText) lies below a measured y of \(largest.jsonText): "
          + "leave it out, or give the best possible y.", pointer: "/ceiling")
    case .unknownConstant(let constant, let breaks):
      self.init(
        code: .cannotFit,
        detail: breaks.map { "A law with \($0) breaks has no constant `\(constant)`." }
          ?? "The constant `\(constant)` belongs to a break and needs a numeric `breaks`.",
        pointer: place(constant))
    case .impossibleConstant(let constant, let allowed):
      self.init(
        code: .cannotFit, detail: "The constant `\(constant)` must be \(allowed).",
        pointer: place(constant))
    case .impossibleOption(let option, let allowed):
      self.init(code: .cannotFit, detail: "The option `\(option)` must be \(allowed).")
    case .noFiniteFit:
      self.init(
        code: .cannotFit,
        detail: "No law with finite residuals was found: check for values of a wrong magnitude, or "
          + "ask for fewer breaks.")
    case .cancelled: return nil
    }
  }
}
