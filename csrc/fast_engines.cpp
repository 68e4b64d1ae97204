// SPDX-License-Identifier: MIT
#include "fast_engines.hpp"

#include "isa_choice.hpp"
#include "search.hpp"

namespace polyregions {

bool prefers_dictionary(const Problem& problem, int from_rank) {
  const int rank = problem.search.dim;
  const int first = first_cutting_layer(problem.network);
  if (rank >= from_rank || rank < 2 || first < 0) return rank >= from_rank;
  const Layer& layer = problem.network.layers[first];
  int n = 0;
  for (int unit = 0; unit < layer.n_out; ++unit) n += n_breaks(layer, unit);
  return problem.search.rows.empty() && n <= rank;
}

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
