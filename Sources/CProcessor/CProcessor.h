/// Whether this processor has the instructions that the caller is compiled to.
static inline _Bool processor_has_compiled_instructions(void) {
#ifdef __AVX2__
  return __builtin_cpu_supports("avx2") != 0;
#else
  return 1;
#endif
}
