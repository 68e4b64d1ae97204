// SPDX-License-Identifier: MIT
// What the fast engines' searches share.
#pragma once

#include <vector>

#include "cells.hpp"
#include "float_network.hpp"

namespace polyregions {

/// Units of a layer that cut the cell at its start, and digits still possible.
struct Pending {
  std::vector<int> units;
  std::vector<std::uint8_t> lo, hi;
};

/// No unit pending yet, every digit possible.
Pending all_digits(const FloatLayer& layer);

/// First layer with a breakpoint; -1 without one.
int first_cutting_layer(const Network& network);

/// Layers with breakpoints lie in [first, last]; the network has one.
struct LayerSpan {
  std::size_t first = 0, last = 0;
  int hidden_before = 0;  // hidden layers before `first`
};

LayerSpan layer_span(const Network& network);

/// Totals, counts of hidden layers outside the span, and the order of cells.
void finish_search(Enumeration& result, const Monitor& monitor, const Network& network,
                   const LayerSpan& span);

}  // namespace polyregions
