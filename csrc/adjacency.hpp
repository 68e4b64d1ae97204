// SPDX-License-Identifier: MIT
// Which cells share a facet inside the open domain.
#pragma once

#include <cstdint>
#include <vector>

#include "cells.hpp"

namespace polyregions {

struct Adjacency {
  std::vector<std::int64_t> first, second;  // first < second, sorted
  std::vector<std::uint8_t> same_map;       // the output maps are equal
};

/// All pairs of cells that share a facet; `maps` are the labels of the cells' output
/// maps (see map_labels).  With `equal_only` only pairs of equal map, for which cells
/// with a map of their own are not even looked at.  Degenerate networks included: a
/// facet may change several digits, in several layers.
Adjacency find_adjacency(const Problem& problem, const Cells& cells,
                         const std::vector<std::int64_t>& maps, bool equal_only,
                         Monitor& monitor);

}  // namespace polyregions
