import RandomFits

/// No points and no options crash a fit, and its answer keeps the laws of every right answer that
/// one fit can show.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFits(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var bytes = RandomBytes(UnsafeBufferPointer(start: data, count: count))
  guard let fit = RandomFit(using: &bytes), let report = fit.answer else { return 0 }
  let laws = FitLaw.allCases.filter { !$0.comparesTwoFits }
  let breaches = fit.breaches(of: laws, by: report)
  // Optimised, a precondition does not say what it is about.
  if !breaches.isEmpty { fatalError("\(breaches)") }
  return 0
}
