@testable import FitService

/// No table of any shape crashes the reader or makes points that are no numbers; one without faults
/// has as many of everything as it has points.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCSV(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let faults = Faults()
  var limits = JSONDocument.Limits()
  limits.takesNonNumbers = true
  let table =
    if let values = try? JSONDocument.values(bytes, limits: limits) {
      Table(
        json: values.count == 1 ? values[0] : .array(values), byteCount: count, faults: faults)
    } else {
      Table(text: bytes, wanted: ["x"], rowLimit: 64, faults: faults)
    }
  guard let table else { return 0 }
  let points = PointTable(table, options: [:], faults: faults)
  guard faults.isEmpty else { return 0 }
  precondition(points.y.count == points.count, "a column is cut short")
  for column in [points.x, points.y, points.sigma, points.weights, points.trials] {
    guard let column else { continue }
    precondition(column.count == points.count, "a column is cut short")
    precondition(column.allSatisfy(\.isFinite), "no number, yet no fault")
  }
  precondition((points.curves?.count ?? points.count) == points.count, "a column is cut short")
  precondition((points.isHeldOut?.count ?? points.count) == points.count, "a column is cut short")
  return 0
}
