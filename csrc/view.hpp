// SPDX-License-Identifier: MIT
// Single cells of an enumeration: as a region with minimal half-spaces, and by a point.
#pragma once

#include <cstdint>
#include <vector>

#include "cells.hpp"
#include "operations.hpp"

namespace polyregions {

/// The cell with these digits in the frame's own coordinates: its facets, its output
/// map and an interior point, the stored one (`point`, dim doubles) where it is inside.
Region cell_region(const Problem& problem, const Digits& digits, const double* point);

/// Ids of the first cells whose closures hold the points (n, dim), own coordinates; -1
/// outside the closed domain, for NaN and infinity, and where the cell is missing.
std::vector<std::int64_t> locate(const Problem& problem, const Cells& cells,
                                 const double* points, std::size_t n);

}  // namespace polyregions
