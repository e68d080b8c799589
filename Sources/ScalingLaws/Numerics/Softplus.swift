import Glibc

/// ln(1 + e^z), accurate for every z: max(z, 0) + ln(1 + e^-|z|) never overflows.
func softplus(_ z: Double) -> Double {
  max(z, 0) + log1p(exp(-abs(z)))
}

/// 1 / (1 + e^-z), accurate for every z.
func logistic(_ z: Double) -> Double {
  let e = exp(-abs(z))
  return (z >= 0 ? 1 : e) / (1 + e)
}
