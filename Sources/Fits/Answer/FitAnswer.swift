import ScalingLaws

/// A report in the names and nesting of the API.
///
/// Contains the part of the answer that depends on the points and options only, which jobs with
/// equal content share. `FitDocument` adds each job's own members, such as its id.
struct FitAnswer: JSONWritable {
  let report: FitReport
  let request: FitRequest
  /// The request's canonical options.
  let options: [UInt8]
  let timing: Timing

  /// The curve's name; nil for the only curve of a request.
  var name: String?

  /// The times of the computation.
  struct Timing {
    var queued: Duration
    /// Without `intervals`.
    var fit: Duration
    /// The time for the fits to resamples; nil without a bootstrap.
    var intervals: Duration?
  }

  /// Writes the answer. `request` is always the last member, so that points can be appended to it.
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", ifPresent: name)
      json.member("engine_version", Engine.version)
      json.member("timing_ms", timing)
      json.member("read", ifPresent: request.reading)
      json.member("data") { $0.object(writeData) }
      json.member("model") { $0.object(writeModel) }
      json.member("quality") { $0.object(writeQuality) }
      json.member("forecast") { $0.object(writeForecast) }
      json.member("predictions", report.predictions)
      if let heldOut = report.heldOut {
        json.member("held_out") { $0.object { write(heldOut, to: &$0) } }
      }
      json.member("breaks", report.breaks)
      json.member("segments", report.segments)
      json.member("limit", report.limit)
      json.member("shape", report.shape)
      json.member("predictability", report.predictability)
      json.member("solved", report.solved)
      json.member("measure_next", ifPresent: report.measureNext)
      json.member("selection", report.selection)
      json.member("crop", ifPresent: report.crop)
      json.member("comparison", ifPresent: report.comparison)
      let found = report.notices
      json.member("warnings", found + notices + report.omissions)
      json.member("summary", summary(cautioningBy: found))
      json.member("request") { $0.raw(options) }
    }
  }

  /// The report in words; for a single curve also how its table was read.
  private func summary(cautioningBy found: [Notice]) -> String {
    let reading = name == nil ? request.reading?.sentence : nil
    return [report.summary(cautioningBy: found), reading].compactMap { $0 }.joined(separator: " ")
  }

  private func writeData(to json: inout JSONWriter) {
    json.member("n", report.data.count)
    json.member("distinct_x", report.data.distinctCount)
    json.member("x_min", report.data.xMin)
    json.member("x_max", report.data.xMax)
    json.member("used", report.data.used)
  }

  private func writeModel(to json: inout JSONWriter) {
    let model = report.model
    json.member("form", "bnsl")
    json.member("breaks", model.law.breaks.count)
    json.member("equation", model.law.equation)
    json.member("constants") { json in
      json.object { json in
        for estimate in model.constants { json.member(estimate.constant.description, estimate) }
      }
    }
    json.member("correlation", model.correlation)
  }

  private func writeQuality(to json: inout JSONWriter) {
    let quality = report.model.quality
    json.member("objective", quality.objective.rawValue)
    json.member("reflected_at", ifPresent: quality.reflectedAt)
    json.member("sum_of_squares", quality.sumOfSquares)
    json.member("msle", quality.msle)
    json.member("rmsle", quality.rmsle?.rmsle)
    json.member("rsle", quality.rmsle?.rsle)
    json.member("r2", quality.r2)
    json.member("aicc", quality.aicc)
    json.member("residual_sd", quality.residualDeviation)
    json.member("residual_autocorrelation", quality.residualAutocorrelation)
    json.member("converged", quality.isConverged)
    json.member("stopped_because", quality.stoppedBecause)
  }

  private func writeForecast(to json: inout JSONWriter) {
    json.member("kind", report.forecast.kind.rawValue)
    json.member("members", report.forecast.members)
  }

  private func write(_ score: HeldOutScore, to json: inout JSONWriter) {
    json.member("n", score.count)
    json.member("rmsle", score.rmsle?.rmsle)
    json.member("rsle", score.rmsle?.rsle)
    json.member("inside_interval", score.insideInterval)
    json.member("predictions") { json in
      json.array { json in
        for (prediction, measured) in zip(score.predictions, score.y) {
          json.object {
            prediction.writeMembers(to: &$0)
            $0.member("measured", measured)
          }
        }
      }
    }
  }
}

extension FitAnswer.Timing: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object {
      $0.member("queued", queued.inMilliseconds)
      $0.member("fit", fit.inMilliseconds)
      $0.member("intervals", ifPresent: intervals?.inMilliseconds)
    }
  }
}

extension FitAnswer {
  /// The notices about how the request was read and answered.
  private var notices: [Notice] {
    var notices = request.reading?.notices(for: request.options) ?? []
    if report.comparison?.criterion == .fit {
      notices.append(
        Notice(
          .rankedByFit, .info,
          "no points were held out, so the forms are ranked on the points they were fitted to"))
    }
    return notices
  }
}

extension Duration {
  /// In milliseconds, to the microsecond.
  package var inMilliseconds: Double { (self / .microseconds(1)).rounded() / 1_000 }
}
