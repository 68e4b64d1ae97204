// SPDX-License-Identifier: MIT
// From cells to linear regions: equal maps, and components under contact.
#pragma once

#include <cstdint>
#include <vector>

#include "adjacency.hpp"
#include "cells.hpp"

namespace polyregions {

/// Label of each cell's output map: equal labels for exactly equal maps.  Labels are
/// numbered in the order of their first cells.  Stopped by the monitor: labels of the
/// cells looked at so far, in which different labels still mean different maps.
std::vector<std::int64_t> map_labels(const Problem& problem, const Cells& cells,
                                     Monitor& monitor);

/// Components of the cells under the pairs of equal map: the linear regions (R4).
std::vector<std::int64_t> open_components(std::size_t n_cells, const Adjacency& pairs);

/// The same joined on any contact of the closures inside the open domain (R5).
/// `components` are the open ones and `maps` the map labels.
std::vector<std::int64_t> closed_components(const Problem& problem, const Cells& cells,
                                            const std::vector<std::int64_t>& components,
                                            const std::vector<std::int64_t>& maps,
                                            Monitor& monitor);

}  // namespace polyregions
