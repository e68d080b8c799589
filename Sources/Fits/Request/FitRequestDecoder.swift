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
      MeasurementFields(fields, of: body).refuseAll()
      return measured
    }
  }

  private func decode(
    _ body: JSONField, sharing shared: JSONFields?, measure: (JSONFields) -> Measurements?
  ) -> FitRequest? {
    let request = body.object(sharing: shared) { fields -> FitRequest? in
      let measured = measure(fields)
      // The options are read without points too, for their faults.
      var request = FitRequest(points: measured?.points ?? .none, timeout: limits.timeout)
      request.options.heldOut = measured?.heldOut ?? .none
      let reading = fields["read"].flatMap(TableReading.init)
      request.reading = measured?.reading ?? reading
      for option in FitOption.all { option.read(fields[option.name], limits, &request) }
      return measured == nil ? nil : request
    }
    return body.faults.isEmpty ? request : nil
  }
}
