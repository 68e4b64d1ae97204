// SPDX-License-Identifier: MIT
// Linear regions without the cells: of each cell only whether it can merge, and then
// with which neighbours.
//
// A cell across none of whose facets the map is certainly the same is a linear region
// by itself; it is counted and forgotten.
#pragma once

#include <cstdint>
#include <vector>

#include "cells.hpp"

namespace polyregions {

/// Add a cell and the neighbours, by the one digit that differs, with the same map.
struct Neighbour {
  std::uint32_t column = 0;
  int step = 0;  // of the digit
};
void append_candidate(Candidates& all, const Problem& problem, const Digits& digits,
                      const std::vector<Neighbour>& neighbours);

/// Linear regions of a complete enumeration, in which `candidates` know their equal
/// neighbours, `cells` do not, and all others have none.  Stopped by the monitor, or of
/// an enumeration that was: a lower bound, every cell that is alone and the different
/// maps of the others.
std::uint64_t count_linear(const Problem& problem, const Enumeration& found,
                           Monitor& monitor);

/// Bytes that the columns hold.
std::size_t bytes_of(const Candidates& all);

}  // namespace polyregions
