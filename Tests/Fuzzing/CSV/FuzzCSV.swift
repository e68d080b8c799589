@testable import FitService

/// No table crashes the reader; one without faults has as many of everything as it has points, all
/// of them numbers.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCSV(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  let faults = Faults()
  let table = PointTable(csv: bytes, rowLimit: 64, faults: faults)
  guard faults.isEmpty else { return 0 }
  let points = table.x.count
  precondition(points <= 64, "\(points) points where 64 may be")
  precondition(table.y.count == points && table.lines.count == points, "a column is cut short")
  for column in [table.x, table.y, table.sigma, table.weights, table.trials] {
    guard let column else { continue }
    precondition(column.count == points, "a column is cut short")
    precondition(column.allSatisfy(\.isFinite), "no number, yet no fault")
  }
  precondition((table.curves?.count ?? points) == points, "a column is cut short")
  precondition((table.isHeldOut?.count ?? points) == points, "a column is cut short")
  return 0
}
