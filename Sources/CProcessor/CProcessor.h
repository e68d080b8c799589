/// Whether this processor has the instructions that the caller is compiled to.
static inline _Bool processor_has_compiled_instructions(void) {
#if defined(__AVX2__) && defined(__FMA__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return 1;
#endif
}
