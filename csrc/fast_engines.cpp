// SPDX-License-Identifier: MIT
#include "fast_engines.hpp"

#include "isa_choice.hpp"

namespace polyregions {

const FastEngines& fast_engines() {
#if defined(POLYREGIONS_DISPATCH)
  static const FastEngines& best = [&]() -> const FastEngines& {
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
                      __builtin_cpu_supports("popcnt");
    const bool avx512 =
        avx2 && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw");
    if (avx512) return fast_engines_avx512();
    if (avx2) return fast_engines_avx2();
    return fast_engines_baseline();
  }();
  return best;
#else
  return fast_engines_baseline();
#endif
}

}  // namespace polyregions
