import ScalingLaws

/// Turns the body of `POST /fit` into a task: one curve, or several under shared options.
///
/// What a request may ask for is judged over all of its curves, while they are read: reading stops
/// at the first curve that exceeds it, so that a small body cannot ask for a large one's work.
struct FitTaskDecoder {
  let limits: FitRequest.Limits

  /// Decodes a JSON body; nil when something has been noted in the body's faults.
  func decode(_ body: JSONField) -> FitTask? {
    guard case .object(let object) = body.value, object["curves"] != nil else {
      return task(FitRequestDecoder(limits: limits).decode(body), body)
    }
    let curves = body.object { shared in
      for name in MeasurementFields.pointNames {
        shared[name]?.refuse("stands beside `curves`: every curve has its own")
      }
      return shared.required("curves").flatMap { self.curves($0, sharing: shared) }
    }
    return task(curves, body.faults)
  }

  /// Decodes a table, whose options stand in the query; nil when something has been noted.
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
        body.refuse("names \(groups.count) curves, more than \(limits.curves)")
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

  /// Stands for the curves when there are none to be read: options that nobody reads would be told
  /// to be unknown. What is wrong with it is nobody's fault.
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
      if case .object(let object) = own.value, object["timeout_s"] != nil {
        faults.note(
          at: own.pointer.appending("timeout_s"), "is the whole job's: set it beside `curves`")
      }
      let request = decoder.decode(own, sharing: shared) { fields in
        if let given = fields["name"]?.string(atMost: 256) { name = given }
      }
      return curve(named: name, faults, request)
    }
  }

  /// The curves of a request; nil, and noted at `field`, when they ask for too much together.
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

  /// A task of one curve; nil, and noted, when it asks for too much.
  private func task(_ request: FitRequest?, _ body: JSONField) -> FitTask? {
    guard let request else { return nil }
    var demand = Demand()
    demand.add(request)
    if let excess = demand.excess(over: limits) {
      body.refuse(excess)
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

  /// Curves that are wrong are answered in their places, unless all of them are.
  private func task(_ curves: [FitTask.Curve]?, _ faults: Faults) -> FitTask? {
    guard let curves, faults.isEmpty else { return nil }
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

/// What the curves of a request ask for together.
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

  /// What exceeds the limits; nil when nothing does.
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
