import Foundation

/// The number of leading digits of `value` that agree with `reference`: -log10 of the relative
/// error, or of the absolute one where the reference is 0.
///
/// Equal values agree to 17 digits, all that a double has; a value that is not a number to none.
public func digits(_ value: Double, _ reference: Double) -> Double {
  if value == reference { return 17 }
  let error = abs(value - reference) / (reference == 0 ? 1 : abs(reference))
  return error.isFinite ? min(max(-log10(error), 0), 17) : 0
}

/// The smallest number of digits in which two lists agree, 0 when their lengths differ.
public func digits(_ values: [Double], _ references: [Double]) -> Double {
  guard values.count == references.count else { return 0 }
  return zip(values, references).map { digits($0, $1) }.min() ?? 17
}

/// The distance of two values in units in the last place of `reference`.
public func unitsInLastPlace(_ value: Double, _ reference: Double) -> Double {
  value == reference ? 0 : abs(value - reference) / reference.ulp
}
