import ScalingLaws

// Values of options that are not plain numbers or choices.

extension JSONField {
  /// The number of breaks; nil, too, for the word `auto`.
  func breaks(atMost most: Int) -> FitOptions.BreakCount? {
    if isWord("auto") { return nil }
    if case .string = value {
      return refuse(expected: "`auto` or a whole number from 0 to \(most)")
    }
    return integer(in: 0...most).map { .exactly($0) }
  }

  /// Held-out points, or the number of the last distinct x to hold out.
  func heldOut(atMost limit: Int) -> FitOptions.HeldOut? {
    guard case .object = value else { return integer(in: 1...limit).map { .last($0) } }
    return object { fields in
      let x = fields.required("x")
      let y = fields.required("y")
      let xs = x?.numbers(.positive, atMost: limit)
      let ys = y?.numbers(atMost: limit)
      guard let x, let y, let xs, let ys else { return nil }
      guard !xs.isEmpty else {
        x.refuse("must not be empty")
        return nil
      }
      return Points(x: xs, y: ys, faults: faults) { fault in
        switch fault {
        case .x(let index, _): .pointer(x.pointer.appending(index))
        case .y(let index, _): .pointer(y.pointer.appending(index))
        default: .pointer(y.pointer)
        }
      }.map { .points($0) }
    }
  }

  func crop() -> FitOptions.Crop? {
    if isWord("none") { return FitOptions.Crop.none }
    if isWord("auto") { return .automatic }
    if case .string = value {
      return refuse(expected: "`none`, `auto` or the first x to keep")
    }
    return number(.positive).map { .from($0) }
  }

  /// Constants of a law by their names, with values read by `read`. Constants that the law does not
  /// have are refused.
  func constants<Value>(
    of breaks: FitOptions.BreakCount, atMost most: Int,
    _ read: (Constant, JSONField) -> Value?
  ) -> [Constant: Value] {
    var values: [Constant: Value] = [:]
    for (name, field) in members(atMost: 32) ?? [] {
      guard let constant = field.constant(name, of: breaks, atMost: most) else { continue }
      values[constant] = read(constant, field)
    }
    return values
  }

  private func constant(
    _ name: String, of breaks: FitOptions.BreakCount, atMost most: Int
  ) -> Constant? {
    guard let constant = Constant(name) else {
      let names = Constant.all(breaks: most).map(\.description)
      refuse(
        "`\(name.bounded(to: 40))` is no constant of the law"
          + Spelling.suggestion(for: name, among: names))
      return nil
    }
    guard let index = constant.breakIndex else { return constant }
    guard case .exactly(let count) = breaks else {
      refuse("belongs to a break: it needs a numeric `breaks`")
      return nil
    }
    guard index <= count else {
      refuse("belongs to break \(index), but `breaks` is \(count)")
      return nil
    }
    return constant
  }

  func range() -> ClosedRange<Double>? {
    guard let ends = numbers(atMost: 2) else { return nil }
    guard ends.count == 2, ends[0] <= ends[1] else {
      refuse("must be two numbers, the lower one first")
      return nil
    }
    return ends[0]...ends[1]
  }

  func intervals(samplesAtMost most: Int) -> FitOptions.Intervals? {
    object { fields in
      var intervals = FitOptions.Intervals()
      let levels = NumberRange.above(0, atMost: FitOptions.Intervals.highestLevel)
      if let level = fields["level"]?.number(levels) { intervals.level = level }
      if let method = fields["method"]?.oneOf(FitOptions.Intervals.Method.self) {
        intervals.method = method
      }
      let samples = fields["samples"]
      guard intervals.method == .bootstrap else {
        samples?.refuse("belongs to the method `bootstrap`")
        return intervals
      }
      let least = FitOptions.Intervals.fewestSamples(level: intervals.level)
      guard least <= most else {
        fields["level"]?.refuse("needs \(least) resamples, and at most \(most) are allowed")
        return intervals
      }
      intervals.samples = samples?.integer(in: least...most) ?? min(intervals.samples, most)
      return intervals
    }
  }

  /// Forms in a fixed order without repetition, so that equivalent requests are equal.
  func forms() -> [ComparisonForm]? {
    if isWord("all") { return ComparisonForm.allCases }
    if case .string = value { return refuse(expected: "`all` or an array of forms") }
    guard let elements = elements(atMost: 16) else { return nil }
    let asked = elements.map { $0.oneOf(ComparisonForm.self) }
    return ComparisonForm.allCases.filter(asked.contains)
  }

  /// Texts with names.
  func labels() -> [String: String]? {
    members(atMost: 32).map { members in
      members.reduce(into: [:]) { labels, member in
        if member.name.unicodeScalars.count > 64 {
          member.field.refuse("its name must be at most 64 characters long")
        }
        labels[member.name] = member.field.string(atMost: 256)
      }
    }
  }
}

extension JSONValue {
  /// An object of values by the names of constants, in alphabetical order; nil when empty.
  static func object<Value>(
    of values: [Constant: Value], _ write: (Value) -> JSONValue
  ) -> JSONValue? {
    let members = values.map { JSONObject.Member($0.key.description, write($0.value)) }
    return members.isEmpty ? nil : .object(JSONObject(members.sorted { $0.name < $1.name }))
  }

  /// An object of labels, in alphabetical order.
  package static func object(labels: [String: String]) -> JSONValue {
    .object(JSONObject(labels.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }))
  }
}
