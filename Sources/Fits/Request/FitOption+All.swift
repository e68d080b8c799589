import ScalingLaws

extension FitOption {
  /// Every option of a fit, in the order in which they are read and written. An option that depends
  /// on another comes after it.
  public static let all: [FitOption] = [
    FitOption(
      "predict",
      schema: """
        {"oneOf": [{"type": "array", "items": {"type": "number", "exclusiveMinimum": 0}},
          {"$ref": "#/components/schemas/Range"}]}
        """,
      "The x to forecast at: numbers, or `{\"from\", \"to\", \"count\", \"spacing\"}`; 2 and 10 "
        + "times beyond the last x where it is left out."
    ) { field, limits, request in
      request.options.predictions = field?.places(atMost: limits.predictions)
    } value: { request in
      request.options.predictions.map(JSONValue.numbers)
    },
    FitOption(
      "held_out",
      schema: """
        {"oneOf": [{"type": "integer", "minimum": 1},
          {"type": "object", "additionalProperties": false, "required": ["x", "y"], "properties": {
            "x": {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0}, "minItems": 1},
            "y": {"type": "array", "items": {"type": "number"}, "minItems": 1}}}]}
        """,
      "Points set aside to score the forecast, or how many of the last distinct x to set aside."
    ) { field, limits, request in
      guard let field, let heldOut = field.heldOut(atMost: limits.points) else { return }
      guard request.options.heldOut == .none else {
        field.refuse("must not be given, because the table has such a column")
        return
      }
      request.options.heldOut = heldOut
    } value: { request in
      // Held-out points are written with the other points.
      if case .last(let count) = request.options.heldOut { .integer(count) } else { nil }
    },

    FitOption(
      "breaks",
      schema: """
        {"oneOf": [{"const": "auto"},
          {"type": "integer", "minimum": 0, "maximum": \(FitOptions.mostBreaks)}]}
        """,
      "The number of breaks of the reported law, or `auto`, which tries a law of k breaks from "
        + "3 k + 4 distinct x."
    ) { field, limits, request in
      request.options.breaks =
        field?.breaks(atMost: limits.breaks) ?? .automatic(max: min(3, limits.breaks))
    } value: { request in
      switch request.options.breaks {
      case .automatic: .string("auto")
      case .exactly(let count): .integer(count)
      }
    },
    FitOption(
      "max_breaks",
      schema: #"{"type": "integer", "minimum": 0, "maximum": \#(FitOptions.mostBreaks)}"#,
      "The most breaks that `auto` tries."
    ) { field, limits, request in
      guard let field, let most = field.integer(in: 0...limits.breaks) else { return }
      switch request.options.breaks {
      case .automatic: request.options.breaks = .automatic(max: most)
      case .exactly(let count) where most < count:
        field.refuse("is less than `breaks`, which is \(count)")
      case .exactly: break
      }
    } value: { request in
      if case .automatic(let max) = request.options.breaks { .integer(max) } else { nil }
    },
    .choice(
      "selection", \.options.selection,
      "How `auto` chooses the number of breaks: `aicc`, or `holdout`, which forecasts the last 20 % "
        + "of distinct x (paper A.6), refuses what forecasts plainly worse than the best, and lets "
        + "AICc decide between the rest.", applies: { $0.options.breaks.isAutomatic }),
    FitOption(
      "forecast", schema: #"{"type": "string", "enum": ["combined", "single"]}"#,
      "The average over many laws (`combined`), or the reported law alone (`single`: always so for a "
        + "number of `breaks`)."
    ) { field, _, request in
      // The default depends on `breaks`; the effective value is written into the answer.
      let isFree = !request.options.breaks.isAutomatic
      request.options.forecast =
        field?.oneOf(FitOptions.ForecastKind.self) ?? (isFree ? .single : .combined)
      if isFree, request.options.forecast == .combined {
        field?.refuse("must be `single` when `breaks` is a number")
      }
    } value: { request in
      request.options.forecast.map { .string($0.rawValue) }
    },
    FitOption(
      "prior", schema: #"{"type": "boolean"}"#,
      "Whether the reported law is drawn to usual exponents; the combined forecast has priors of its "
        + "own."
    ) { field, _, request in
      if let prior = field?.bool() { request.options.prior = prior }
    } value: { request in
      .bool(request.options.prior)
    },

    .choice(
      "direction", \.options.direction,
      "Which y is better: `lower_is_better`, or `higher_is_better` for metrics that rise."),
    .choice(
      "x_direction", \.options.progress,
      "`decreasing`: x is itself an error, and progress runs towards smaller x (paper A.14)."),
    .choice(
      "objective", \.options.objective,
      "The scale of the residuals: `log`, `log1p`, `linear`, or the first of these that takes every "
        + "y (`auto`)."),
    .choice(
      "loss", \.options.loss,
      "How residuals count: `squared`, or `huber`, on which outliers weigh less."),

    FitOption(
      "fixed",
      schema: """
        {"type": "object", "propertyNames": {"$ref": "#/components/schemas/ConstantName"},
          "additionalProperties": {"type": "number"}, "example": {"c0": 0}}
        """, isObject: true,
      "Constants held at a value, by the paper's letter: `{\"c0\": 0}`. A break's constant needs a "
        + "number of `breaks`."
    ) { field, limits, request in
      request.options.fixed =
        field?.constants(of: request.options.breaks, atMost: limits.breaks) { $1.number() } ?? [:]
    } value: { request in
      .object(of: request.options.fixed) { .number($0) }
    },
    FitOption(
      "bounds",
      schema: """
        {"type": "object", "propertyNames": {"$ref": "#/components/schemas/ConstantName"},
          "additionalProperties": {
            "type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
          "example": {"a": [0, 0.5]}}
        """, isObject: true,
      "Constants held inside a range: `{\"a\": [0, 0.5]}`."
    ) { field, limits, request in
      let options = request.options
      request.options.bounds =
        field?.constants(of: options.breaks, atMost: limits.breaks) { constant, field in
          let range = field.range()
          if range != nil, options.fixed[constant] != nil {
            field.refuse("`\(constant)` is in `fixed` already")
          }
          return range
        } ?? [:]
    } value: { request in
      .object(of: request.options.bounds) { .numbers([$0.lowerBound, $0.upperBound]) }
    },
    FitOption(
      "intervals",
      schema: """
        {"type": "object", "additionalProperties": false, "properties": {
          "level": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.999999999},
          "method": {"type": "string", "enum": ["auto", "delta", "bootstrap", "none"]},
          "samples": {"type": "integer", "minimum": 20}}}
        """, isObject: true,
      "The probability `level` inside the intervals, and the `method` by which those of constants and "
        + "of a single law are made: `delta` (also `auto`) propagates the covariance; `bootstrap` "
        + "refits the law to `samples` resamples of the points, by default 200 and at least "
        + "20/(1 - level); `none` is fastest. A combined forecast always has the interval of its "
        + "laws, but with `none`."
    ) { field, limits, request in
      if let intervals = field?.intervals(samplesAtMost: limits.samples) {
        request.options.intervals = intervals
      }
    } value: { request in
      let intervals = request.options.intervals
      var members: [JSONObject.Member] = [
        .init("level", .number(intervals.level)),
        .init("method", .string(intervals.method.rawValue)),
      ]
      if intervals.method == .bootstrap {
        members.append(.init("samples", .integer(intervals.resampleCount)))
      }
      return .object(JSONObject(members))
    },

    FitOption(
      "crop",
      schema: """
        {"oneOf": [{"type": "string", "enum": ["none", "auto"]},
          {"type": "number", "exclusiveMinimum": 0}]}
        """,
      "Points at the start of progress to leave out: `none`, those before an old sharp break when "
        + "validation on the last points says that it helps (`auto`), or those before a given x."
    ) { field, _, request in
      if let crop = field?.crop() { request.options.crop = crop }
    } value: { request in
      switch request.options.crop {
      case .none: nil
      case .automatic: .string("auto")
      case .from(let x): .number(x)
      }
    },
    .number(
      "ceiling", \.options.ceiling,
      "The best y there can be, for a metric that rises: 1 for accuracy."),
    .number(
      "random_guess", \.options.randomGuess,
      "The y of random guessing; the shape counts the points that are better."),
    FitOption(
      "solve_for", schema: #"{"type": "array", "items": {"type": "number"}}"#,
      "Values of y; where the forecast reaches each, or why never, is in `solved`."
    ) { field, limits, request in
      request.options.solveFor = field?.numbers(atMost: limits.predictions) ?? []
    } value: { request in
      request.options.solveFor.isEmpty ? nil : .numbers(request.options.solveFor)
    },
    FitOption(
      "forms",
      schema: """
        {"oneOf": [{"const": "all"}, {"type": "array",
          "items": {"type": "string", "enum": ["m1", "m2", "m3", "m3_floor", "m4"]}}]}
        """,
      "Forms to fit beside the law and to rank with it (paper section 4): `all`, or some of `m1`, "
        + "`m2`, `m3`, `m3_floor`, `m4`."
    ) { field, _, request in
      request.options.forms = field?.forms() ?? []
    } value: { request in
      let names = request.options.forms.map { JSONValue.string($0.rawValue) }
      return names.isEmpty ? nil : .array(names)
    },
    FitOption(
      "baseline", schema: #"{"type": "string"}"#,
      "The name of the curve with which several curves are compared: the first where it is left out."
    ) { field, _, request in
      request.baseline = field?.string(atMost: 256)
    } value: { request in
      request.baseline.map(JSONValue.string)
    },
    FitOption(
      "labels",
      schema: """
        {"type": "object", "additionalProperties": {"type": "string"},
          "example": {"task": "4-digit addition", "x": "examples", "y": "test loss"}}
        """, isObject: true,
      "Free texts, returned as they are; `x` and `y` name the axes of a plot."
    ) { field, _, request in
      request.labels = field?.labels() ?? [:]
    } value: { request in
      request.labels.isEmpty ? nil : .object(labels: request.labels)
    },
    FitOption(
      "seed", schema: #"{"type": "integer", "minimum": 0}"#,
      "Reproduces what is drawn at random."
    ) { field, _, request in
      if let seed = field?.integer(in: 0...Int.max) { request.options.seed = UInt64(seed) }
    } value: { request in
      .integer(Int(clamping: request.options.seed))
    },
    FitOption(
      "timeout_s", schema: #"{"type": "number", "exclusiveMinimum": 0}"#,
      "The job's own time limit in seconds, at most the setting `job_timeout_s`, and 5 more for each "
        + "of several curves."
    ) { field, limits, request in
      request.timeout = limits.timeout(field)
    } value: { _ in
      // It changes no number of the answer.
      nil
    },
  ]
}

extension FitOptions.BreakCount {
  fileprivate var isAutomatic: Bool {
    if case .automatic = self { true } else { false }
  }
}
