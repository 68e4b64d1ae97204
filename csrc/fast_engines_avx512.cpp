// SPDX-License-Identifier: MIT
#include "fast_engines_includes.hpp"

#define POLYREGIONS_ISA avx512
#if defined(POLYREGIONS_DISPATCH)
#pragma GCC push_options
#pragma GCC target("avx2,bmi,bmi2,popcnt,lzcnt,avx512f,avx512dq,avx512vl,avx512bw")
#endif
#include "fast_engines_body.hpp"
#if defined(POLYREGIONS_DISPATCH)
#pragma GCC pop_options
#endif

namespace polyregions {

const FastEngines& fast_engines_avx512() { return avx512::engines; }

}  // namespace polyregions
