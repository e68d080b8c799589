extension TableReading: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.member("x", x)
      json.member("y") { $0.value(names: y) }
      json.member("sigma", ifPresent: sigma)
      json.member("weight", ifPresent: weight)
      json.member("trials", ifPresent: trials)
      json.member("curve") { $0.value(names: curve) }
      json.member("run", ifPresent: run)
      json.member("held_out", ifPresent: heldOut)
      json.member("rows", rowCount)
      json.member("used", usedCount)
      json.member("left_out") { json in
        json.object {
          if emptyCount > 0 { $0.member("empty", emptyCount) }
          if zeroCount > 0 { $0.member("x_is_zero", zeroCount) }
          if unknownSigmaCount > 0 { $0.member("sigma_unknown", unknownSigmaCount) }
        }
      }
      json.member("ignored", ignored)
      if !guesses.isEmpty { json.member("guesses", guesses) }
      if !likelier.isEmpty { json.member("likelier", likelier) }
      json.member("mixed_by", ifPresent: mixedBy)
      if isPerCent { json.member("per_cent", true) }
    }
  }

  /// Reads what was written; nil when something has been noted.
  init?(_ field: JSONField) {
    let reading = field.object { fields -> TableReading? in
      var reading = TableReading()
      func text(_ name: String) -> String? {
        guard let field = fields[name], field.value != .null else { return nil }
        return field.string(atMost: 80)
      }
      func texts(_ name: String, ofAtMost length: Int = 512) -> [String] {
        guard let field = fields[name], field.value != .null else { return [] }
        if case .string = field.value { return text(name).map { [$0] } ?? [] }
        return field.strings(ofAtMost: length, atMost: DelimitedRows.columnLimit) ?? []
      }
      func count(_ fields: JSONFields, _ name: String) -> Int {
        fields[name]?.integer(in: 0...Int.max) ?? 0
      }
      reading.x = text("x") ?? ""
      reading.y = texts("y")
      reading.sigma = text("sigma")
      reading.weight = text("weight")
      reading.trials = text("trials")
      reading.curve = texts("curve")
      reading.run = text("run")
      reading.heldOut = text("held_out")
      reading.rowCount = count(fields, "rows")
      reading.usedCount = count(fields, "used")
      _ = fields["left_out"]?.object { left in
        reading.emptyCount = count(left, "empty")
        reading.zeroCount = count(left, "x_is_zero")
        reading.unknownSigmaCount = count(left, "sigma_unknown")
        return ()
      }
      reading.ignored = texts("ignored")
      reading.guesses = texts("guesses", ofAtMost: 4_096)
      reading.likelier = texts("likelier")
      reading.mixedBy = text("mixed_by")
      reading.isPerCent = fields["per_cent"]?.bool() ?? false
      return reading
    }
    guard let reading else { return nil }
    self = reading
  }
}

extension JSONWriter {
  /// Writes one name as a string, several as an array, and none as `null`.
  fileprivate mutating func value(names: [String]) {
    if names.count > 1 { value(names) } else { value(names.first) }
  }
}
