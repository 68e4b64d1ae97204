// SPDX-License-Identifier: MIT
#include "fast_engines_includes.hpp"

#define POLYREGIONS_ISA avx2
#define POLYREGIONS_LANES 4
#if defined(POLYREGIONS_DISPATCH)
#define POLYREGIONS_AVX2  // the pragma does not define __AVX2__
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,popcnt,lzcnt")
#endif
#include "fast_engines_body.hpp"
#if defined(POLYREGIONS_DISPATCH)
#pragma GCC pop_options
#endif

namespace polyregions {

const FastEngines& fast_engines_avx2() { return avx2::engines; }

}  // namespace polyregions
