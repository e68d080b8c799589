import Foundation
import ScalingLaws

/// Turns the description of one curve into a request, or names everything that is wrong with it.
///
/// JSON and tables go through the same decoder: a table gives the points, its query the options.
struct FitRequestDecoder {
  let limits: FitRequest.Limits

  /// Decodes a request whose points are given in its members; nil when something has been noted in
  /// its faults.
  ///
  /// Options that several curves share come from `shared`; `readMore` reads the members that only
  /// one of several curves has.
  func decode(
    _ body: JSONField, sharing shared: JSONFields? = nil,
    readMore: (JSONFields) -> Void = { _ in }
  ) -> FitRequest? {
    decode(body, sharing: shared) { fields in
      readMore(fields)
      return MeasurementFields(fields, of: body).measurements(atMost: limits.points)
    }
  }

  /// Decodes a request whose points are given already, the body holding options alone; nil when
  /// there are none or something has been noted.
  func decode(
    _ body: JSONField, sharing shared: JSONFields? = nil, measured: Measurements?
  ) -> FitRequest? {
    decode(body, sharing: shared) { fields in
      MeasurementFields(fields, of: body).complete(measured)
    }
  }

  private func decode(
    _ body: JSONField, sharing shared: JSONFields?, measure: (JSONFields) -> Measurements?
  ) -> FitRequest? {
    let request = body.object(sharing: shared) { fields -> FitRequest? in
      let measured = measure(fields)
      var options = FitOptions()
      decodeModel(fields, into: &options)
      decodeConstants(fields, into: &options)
      decodeQuestions(fields, into: &options)
      options.heldOut = measured?.heldOut ?? .none
      let labels = fields["labels"].flatMap(labels) ?? [:]
      let timeout = limits.timeout(fields["timeout_s"])
      let reading = fields["read"].flatMap(TableReading.init)
      guard let measured else { return nil }
      return FitRequest(
        points: measured.points, options: options, labels: labels, timeout: timeout,
        reading: measured.reading ?? reading)
    }
    return body.faults.isEmpty ? request : nil
  }

  // MARK: The law and how it is fitted

  private func decodeModel(_ fields: JSONFields, into options: inout FitOptions) {
    let maxBreaks = fields["max_breaks"]
    let most = maxBreaks?.integer(in: 0...limits.breaks)
    let count = fields["breaks"].flatMap { $0.isWord("auto") ? nil : breaks($0) }
    if let count {
      options.breaks = .exactly(count)
      if let most, most < count { maxBreaks?.refuse("is less than `breaks`, which is \(count)") }
    } else {
      options.breaks = .automatic(max: most ?? min(3, limits.breaks))
    }
    if let choice = fields["selection"]?.oneOf(.selection) { options.selection = choice }
    // The defaults that depend on `breaks` are settled here, so that the answer can repeat them.
    let forecast = fields["forecast"]
    options.forecast = forecast?.oneOf(.forecast) ?? (count == nil ? .combined : .single)
    if options.forecast == .combined, count != nil {
      forecast?.refuse("must be `single` when `breaks` is a number")
    }
    options.prior = fields["prior"]?.bool() ?? (count == nil)
    if let choice = fields["direction"]?.oneOf(.direction) { options.direction = choice }
    if let choice = fields["x_direction"]?.oneOf(.progress) { options.progress = choice }
    if let choice = fields["objective"]?.oneOf(.objective) { options.objective = choice }
    if let choice = fields["loss"]?.oneOf(.loss) { options.loss = choice }
    options.ceiling = fields["ceiling"]?.number()
    if let crop = fields["crop"].flatMap(crop) { options.crop = crop }
    if let seed = fields["seed"]?.integer(in: 0...Int.max) { options.seed = UInt64(seed) }
  }

  private func breaks(_ field: JSONField) -> Int? {
    if case .string = field.value {
      return field.refuse(expected: "`auto` or a whole number from 0 to \(limits.breaks)")
    }
    return field.integer(in: 0...limits.breaks)
  }

  private func crop(_ field: JSONField) -> FitOptions.Crop? {
    if field.isWord("none") { return FitOptions.Crop.none }
    if field.isWord("auto") { return .automatic }
    if case .string = field.value {
      return field.refuse(expected: "`none`, `auto` or the first x to keep")
    }
    return field.number(.positive).map { .from($0) }
  }

  // MARK: Constants

  private func decodeConstants(_ fields: JSONFields, into options: inout FitOptions) {
    let breaks = options.breaks
    for (constant, field) in constants(fields["fixed"], breaks: breaks) {
      if let value = field.number() { options.fixed[constant] = value }
    }
    for (constant, field) in constants(fields["bounds"], breaks: breaks) {
      guard let ends = field.numbers(atMost: 2) else { continue }
      guard ends.count == 2, ends[0] <= ends[1] else {
        field.refuse("must be two numbers, the lower one first")
        continue
      }
      options.bounds[constant] = ends[0]...ends[1]
      if options.fixed[constant] != nil { field.refuse("`\(constant)` is in `fixed` already") }
    }
  }

  private func constants(
    _ field: JSONField?, breaks: FitOptions.BreakCount
  ) -> [(Constant, JSONField)] {
    guard let members = field?.members(atMost: 32) else { return [] }
    return members.compactMap { name, field in
      guard let constant = Constant(name) else {
        let names = Constant.all(breaks: limits.breaks).map(\.description)
        field.refuse(
          "`\(name.bounded(to: 40))` is no constant of the law"
            + Spelling.suggestion(for: name, among: names))
        return nil
      }
      guard let index = constant.breakIndex else { return (constant, field) }
      guard case .exactly(let count) = breaks else {
        field.refuse("belongs to a break: it needs a numeric `breaks`")
        return nil
      }
      guard index <= count else {
        field.refuse("belongs to break \(index), but `breaks` is \(count)")
        return nil
      }
      return (constant, field)
    }
  }

  // MARK: What is asked of the fit

  private func decodeQuestions(_ fields: JSONFields, into options: inout FitOptions) {
    options.predictions = fields["predict"]?.places(atMost: limits.predictions)
    options.solveFor = fields["solve_for"]?.numbers(atMost: limits.predictions) ?? []
    options.randomGuess = fields["random_guess"]?.number()
    options.forms = fields["forms"].flatMap(forms) ?? []
    if let intervals = fields["intervals"].flatMap(intervals) { options.intervals = intervals }
  }

  /// In one order and without repetition, so that requests that mean the same are the same.
  private func forms(_ field: JSONField) -> [ComparisonForm]? {
    if field.isWord("all") { return ComparisonForm.allCases }
    if case .string = field.value { return field.refuse(expected: "`all` or an array of forms") }
    guard let elements = field.elements(atMost: 16) else { return nil }
    let asked = elements.map { $0.oneOf(ComparisonForm.self) }
    return ComparisonForm.allCases.filter(asked.contains)
  }

  private func intervals(_ field: JSONField) -> FitOptions.Intervals? {
    field.object { fields in
      var intervals = FitOptions.Intervals()
      let levels = NumberRange.above(0, atMost: FitOptions.Intervals.highestLevel)
      if let level = fields["level"]?.number(levels) { intervals.level = level }
      if let choice = fields["method"]?.oneOf(.intervalMethod) { intervals.method = choice }
      decodeSamples(fields, into: &intervals)
      return intervals
    }
  }

  private func decodeSamples(_ fields: JSONFields, into intervals: inout FitOptions.Intervals) {
    guard intervals.method == .bootstrap else {
      fields["samples"]?.refuse("belongs to the method `bootstrap`")
      return
    }
    let least = FitOptions.Intervals.fewestSamples(level: intervals.level)
    guard least <= limits.samples else {
      fields["level"]?.refuse("needs \(least) resamples, and at most \(limits.samples) are allowed")
      return
    }
    intervals.samples = min(intervals.samples, limits.samples)
    if let samples = fields["samples"]?.integer(in: least...limits.samples) {
      intervals.samples = samples
    }
  }

  private func labels(_ field: JSONField) -> [String: String]? {
    field.members(atMost: 32).map { members in
      members.reduce(into: [:]) { labels, member in
        if member.name.unicodeScalars.count > 64 {
          member.field.refuse("its name must be at most 64 characters long")
        }
        labels[member.name] = member.field.string(atMost: 256)
      }
    }
  }
}
