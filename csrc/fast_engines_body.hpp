// SPDX-License-Identifier: MIT
// What each of fast_engines_*.cpp compiles in its own namespace.
#pragma once

#include "beam.hpp"
#include "dictionary_cells.hpp"
#include "fast_engines.hpp"
#include "isa.hpp"
#include "run_search.hpp"
#include "vertex_cells.hpp"

namespace polyregions::POLYREGIONS_ISA {

inline Enumeration vertex(const Problem& problem, const VertexStart& start,
                          Monitor& monitor, const Order& order) {
  switch (problem.search.dim) {
    case 1:
      return run_search<VertexCells<1>>(problem, start, monitor, order);
    case 2:
      return run_search<VertexCells<2>>(problem, start, monitor, order);
    case 3:
      return run_search<VertexCells<3>>(problem, start, monitor, order);
    case 4:
      return run_search<VertexCells<4>>(problem, start, monitor, order);
    default:
      return run_search<VertexCells<5>>(problem, start, monitor, order);
  }
}

inline Enumeration dictionary(const Problem& problem, const DictionaryStart& start,
                              Monitor& monitor, const Order& order) {
  return run_search<DictionaryCells>(problem, start, monitor, order);
}

inline BeamRun beam(const Problem& problem, const DictionaryStart& start,
                    const BeamOrder& order, const std::uint64_t* seed,
                    const std::function<bool()>& goes_on) {
  const FloatNetwork floats = float_network(problem.network);
  const LayerSpan span = layer_span(problem.network);
  const auto first = std::make_shared<const LayerRows>(
      rounded_rows(floats.layers[span.first], start.first, problem.search.dim));
  const BeamPlan plan{problem, start, floats, span, problem.search.dim, first};
  return Beam(plan, order, seed, goes_on).run();
}

inline const FastEngines engines{vertex, dictionary, beam};

}  // namespace polyregions::POLYREGIONS_ISA
