import CProcessor

/// The processor's instructions on several doubles at once that this library is compiled to: AVX2 and
/// FMA on x86-64, unless it was built with `BNSL_ANY_PROCESSOR=1`. Results are the same, bit for bit,
/// with them and without.
public enum VectorInstructions {
  /// Whether this processor has them. Where it has not, a fit ends the process.
  public static var areAvailable: Bool { processor_has_compiled_instructions() }
}
