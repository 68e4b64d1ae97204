// SPDX-License-Identifier: MIT
#include "fast_engines_includes.hpp"

#define POLYREGIONS_ISA baseline
#define POLYREGIONS_LANES 2
#include "fast_engines_body.hpp"

namespace polyregions {

const FastEngines& fast_engines_baseline() { return baseline::engines; }

}  // namespace polyregions
