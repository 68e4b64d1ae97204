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
/// `traced`: tell of the walk, of walls of equal map too if `linear`; a part that is
/// not searched is missing at the end.
Enumeration enumerate_rational(const Problem& problem, Monitor& monitor, bool store,
                               bool traced = false, bool linear = false);

/// A node of a fast engine's search, handed over to exact integers.
struct Subtree {
  std::size_t layer = 0;               // whose units are being decided
  int hidden = 0;                      // hidden layers before it
  Digits digits;                       // of the layers before
  std::vector<std::uint8_t> on_break;  // by column
  std::vector<std::uint8_t> lo, hi;    // digits of the layer's units still possible
  std::vector<Row> rows;               // > 0 on the cell
};

class Trace;

/// Enumerate the cells below a node; counts and cells are added to `result`.  `trace`:
/// where the walk is told, at this node, or nullptr.
void continue_rational(const Problem& problem, Monitor& monitor, bool store,
                       Subtree node, Enumeration& result, Trace* trace);

/// Digits of the first cell, in canonical order, whose closure holds v = 0: the frame's
/// inputs are functions of v, and its rows those of the domain's that vanish there.
Digits first_cell_at_origin(const Network& network, const Frame& frame);

}  // namespace polyregions
