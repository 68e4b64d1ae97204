// SPDX-License-Identifier: MIT
// Where the dictionary engine's search begins: an exact vertex.
#pragma once

#include <vector>

#include "cells.hpp"
#include "dictionary.hpp"
#include "tableau.hpp"

namespace polyregions {

/// A vertex of the domain cut by `units` hyperplanes of the first cutting layer, whose
/// columns may turn round: the starts of the search.
struct Start {
  bool pointed = false;
  Tableau tableau{0};
  std::vector<Wall> walls;  // by constraint id: domain rows, then units
  std::vector<Wall> units;
};

Start make_start(const Problem& problem);

/// The wall's row, scaled by the power of two of `scale_bits`.
PathWall path_wall(const Wall& wall, const Row& exact);

/// Bits of the largest entry: the row over 2^bits has its largest entry in [1/2, 1).
unsigned scale_bits(const Row& row);

/// The start as a dictionary over the scaled walls (by constraint id); `unit_columns`
/// receives the column of each unit.
Dictionary first_dictionary(const Problem& problem, const Start& start,
                            const std::vector<Row>& exact,
                            const std::vector<PathWall>& walls,
                            std::vector<int>& unit_columns);

}  // namespace polyregions
