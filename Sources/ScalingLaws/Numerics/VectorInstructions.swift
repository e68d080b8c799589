import CProcessor

/// The processor's instructions on several doubles at once that this library is compiled to use:
/// AVX2 and FMA on x86-64, unless it was built with `BNSL_ANY_PROCESSOR=1`. On one processor
/// results are the same, bit for bit, with them and without.
public enum VectorInstructions {
  /// Whether this processor has them. Where it has not, a fit ends the process.
  ///
  /// Never inlined: what the C function says depends on how the code around it is compiled.
  @inline(never)
  public static var areAvailable: Bool { processor_has_compiled_instructions() }
}
