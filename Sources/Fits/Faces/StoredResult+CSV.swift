extension StoredResult {
  /// The predictions as a table (RFC 4180), a row for each; of a curve that failed there are none.
  var csv: [UInt8] {
    var text = "curve,x,y,lower,upper,y_law,extrapolated\r\n"
    for curve in curves {
      let name = (curve.name ?? curve.label("series") ?? "").quotedCell
      for prediction in curve.list("predictions") {
        let numbers = ["x", "y", "lower", "upper", "y_law"].map {
          prediction[$0]?.double?.jsonText ?? ""
        }
        let isExtrapolated = prediction["extrapolated"] == .bool(true)
        text += ([name] + numbers + [isExtrapolated ? "1" : "0"]).joined(separator: ",") + "\r\n"
      }
    }
    return Array(text.utf8)
  }
}

extension String {
  /// The text as a cell of CSV (RFC 4180 section 2).
  public var quotedCell: String {
    guard utf8.contains(where: { [0x2C, 0x22, 0x0A, 0x0D].contains($0) }) else { return self }
    return "\"" + replacing("\"", with: "\"\"") + "\""
  }
}
