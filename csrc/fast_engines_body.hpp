// SPDX-License-Identifier: MIT
// What each of fast_engines_*.cpp compiles in its own namespace.
#pragma once

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

inline const FastEngines engines{vertex, dictionary};

}  // namespace polyregions::POLYREGIONS_ISA
