// SPDX-License-Identifier: MIT
#include "fast_engines.hpp"

#include "isa_choice.hpp"

namespace polyregions {

const FastEngines& fast_engines() {
#if defined(POLYREGIONS_DISPATCH)
  // Registers of 512 bits gained nothing where it was measured.
  static const bool avx2 = __builtin_cpu_supports("avx2") &&
                           __builtin_cpu_supports("bmi2") &&
                           __builtin_cpu_supports("popcnt");
  return avx2 ? fast_engines_avx2() : fast_engines_baseline();
#else
  return fast_engines_baseline();
#endif
}

}  // namespace polyregions
