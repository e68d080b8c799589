import ScalingLaws

/// Decodes the body of `POST /fit` into a task: one curve, or several with shared options.
///
/// The limits hold for all curves together and are checked after each curve: decoding stops at the
/// first curve that exceeds them, so that a small body cannot cause much work.
struct FitTaskDecoder {
  let limits: FitRequest.Limits

  /// Decodes a JSON body; nil when it has faults, which are then noted.
  func decode(_ body: JSONField) -> FitTask? {
    guard case .object(let object) = body.value, object["curves"] != nil else {
      return task(FitRequestDecoder(limits: limits).decode(body), body)
    }
    let curves = body.object { shared in
      for name in MeasurementFields.pointNames {
        shared[name]?.refuse("cannot be shared: give it in each of the `curves`")
      }
      return shared.required("curves").flatMap { self.curves($0, sharing: shared) }
    }
    return task(curves, body.faults)
  }

  /// Decodes a table and the options of its query; nil when there are faults, which are then noted.
  func decode(_ table: PointTable, options body: JSONField) -> FitTask? {
    guard let groups = table.rowsByCurve else {
      let rows = Array(0..<table.count)
      guard isShort(rows, of: table, body.faults) else { return nil }
      return task(
        FitRequestDecoder(limits: limits).decode(
          body, measured: Measurements(table, rows: rows, faults: body.faults)), body)
    }
    let curves = body.object { shared in
      guard groups.count <= limits.curves else {
        body.refuse("has \(groups.count) curves, more than \(limits.curves)")
        _ = decoder(for: 1).decode(nothing, sharing: shared, measured: nil)
        return [FitTask.Curve]?.none
      }
      let decoder = decoder(for: groups.count)
      return read(groups, in: body) { _, group in
        let faults = Faults()
        let options = JSONField(.object(JSONObject()), faults: faults)
        let measured =
          isShort(group.rows, of: table, faults)
          ? Measurements(table, rows: group.rows, faults: faults) : nil
        return curve(
          named: group.name, faults, decoder.decode(options, sharing: shared, measured: measured))
      }
    }
    return task(curves, body.faults)
  }

  // MARK: Curves

  /// An empty curve with discarded faults. Decoding it reads the shared options, which would be
  /// reported as unknown otherwise.
  private var nothing: JSONField { JSONField(.object(JSONObject()), faults: Faults()) }

  private func curves(_ field: JSONField, sharing shared: JSONFields) -> [FitTask.Curve]? {
    let elements = field.elements(atMost: limits.curves)
    if let elements, elements.isEmpty { field.refuse("must not be empty") }
    guard let elements, !elements.isEmpty else {
      _ = decoder(for: 1).decode(nothing, sharing: shared)
      return nil
    }
    let decoder = decoder(for: elements.count)
    return read(elements, in: field) { index, element in
      let faults = Faults()
      let own = JSONField(element.value, at: element.pointer, faults: faults)
      var name = "curve \(index + 1)"
      for name in ["timeout_s", "baseline"] {
        guard case .object(let object) = own.value, object[name] != nil else { continue }
        faults.note(
          at: own.pointer.appending(name), "belongs to the whole job: give it beside `curves`")
      }
      let request = decoder.decode(own, sharing: shared) { fields in
        if let given = fields["name"]?.string(atMost: 256) { name = given }
      }
      return curve(named: name, faults, request)
    }
  }

  /// The curves of a request; nil, with a fault at `field`, when they exceed the limits together.
  private func read<Source>(
    _ sources: [Source], in field: JSONField, _ curve: (Int, Source) -> FitTask.Curve
  ) -> [FitTask.Curve]? {
    var demand = Demand()
    var curves: [FitTask.Curve] = []
    for (index, source) in sources.enumerated() {
      let curve = curve(index, source)
      curves.append(curve)
      guard case .success(let request) = curve.request else { continue }
      demand.add(request)
      if let excess = demand.excess(over: limits) {
        let part = curves.count < sources.count ? "up to curve \(curves.count) " : ""
        field.refuse("\(part)\(excess)")
        return nil
      }
    }
    return curves
  }

  /// A task of one curve; nil, with a fault, when it exceeds the limits.
  private func task(_ request: FitRequest?, _ body: JSONField) -> FitTask? {
    guard let request else { return nil }
    var demand = Demand()
    demand.add(request)
    if let excess = demand.excess(over: limits) {
      body.refuse(excess)
      return nil
    }
    if request.baseline != nil {
      body.faults.note(
        at: .root.appending("baseline"), "needs several curves: there is only one")
      return nil
    }
    return .curve(request)
  }

  private func curve(
    named name: String, _ faults: Faults, _ request: FitRequest?
  ) -> FitTask.Curve {
    FitTask.Curve(
      name: name, request: request.map { .success($0) } ?? .failure(.unreadable(faults)))
  }

  /// A task of several curves; nil, with their faults, when all of them are faulty.
  private func task(_ curves: [FitTask.Curve]?, _ faults: Faults) -> FitTask? {
    guard let curves, faults.isEmpty else { return nil }
    let baseline = curves.lazy.compactMap { try? $0.request.get().baseline }.first
    if let baseline, !curves.contains(where: { $0.name == baseline }) {
      let names = curves.prefix(10).map { "`\($0.name.bounded(to: 60))`" }.joined(separator: ", ")
      faults.note(
        at: .root.appending("baseline"),
        "names no curve: there \(curves.count == 1 ? "is" : "are") \(names)"
          + (curves.count > 10 ? " and \(curves.count - 10) more" : ""))
      return nil
    }
    var problems: [Problem] = []
    for curve in curves {
      guard case .failure(let problem) = curve.request else { return .curves(curves) }
      problems.append(problem)
    }
    for fault in problems.flatMap(\.errors) { faults.note(fault.place, fault.detail) }
    return nil
  }

  private func decoder(for count: Int) -> FitRequestDecoder {
    var limits = limits
    limits.timeout += 5 * Double(count)
    return FitRequestDecoder(limits: limits)
  }

  private func isShort(_ rows: [Int], of table: PointTable, _ faults: Faults) -> Bool {
    guard rows.count > limits.points else { return true }
    faults.note(
      table.place(ofRow: rows[limits.points], column: nil),
      "there are more than \(limits.points) points")
    return false
  }
}

/// The sums that the curves of a request ask for.
private struct Demand {
  private var points = 0
  private var predictions = 0
  private var samples = 0

  mutating func add(_ request: FitRequest) {
    let options = request.options
    points += request.points.count
    if case .points(let heldOut) = options.heldOut { points += heldOut.count }
    predictions += (options.predictions?.count ?? 0) + options.solveFor.count
    if options.intervals.method == .bootstrap { samples += options.intervals.resampleCount }
  }

  /// How the limits are exceeded; nil when they are not.
  func excess(over limits: FitRequest.Limits) -> String? {
    if points > limits.totalPoints {
      return "there are \(points) points in all, more than \(limits.totalPoints)"
    }
    if predictions > limits.predictions {
      return "there are \(predictions) values of `predict` and `solve_for` in all, "
        + "more than \(limits.predictions)"
    }
    if samples > limits.samples {
      return "there are \(samples) resamples in all, more than \(limits.samples)"
    }
    return nil
  }
}
