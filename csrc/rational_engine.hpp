// SPDX-License-Identifier: MIT
// engine="rational": depth-first search over (layer, unit), exact integers only.
//
// A node is an open cell of the domain with one digit decided for every unit so far.
// A unit's hyperplane either cuts the cell (two children) or not (one child); leaves
// are the activation regions, in canonical order.
#pragma once

#include "cells.hpp"

namespace polyregions {

/// Count the activation regions; with `store` keep them, with an interior point each.
Enumeration enumerate_rational(const Problem& problem, Monitor& monitor, bool store);

/// Digits of the first cell, in canonical order, whose closure holds v = 0: the frame's
/// inputs are functions of v, and its rows those of the domain's that vanish there.
Digits first_cell_at_origin(const Network& network, const Frame& frame);

}  // namespace polyregions
