// SPDX-License-Identifier: MIT
// engine="highs": the pipeline of Wang (2022), section 3, on the three operations.
#pragma once

#include "cells.hpp"
#include "operations.hpp"

namespace polyregions {

/// How the regions of a layer's neurons are intersected.
enum class Form : int {
  pairwise = 0,  // neuron by neuron, with lists of values; cell by cell of the layer
                 // before, for regions in different cells are disjoint
  combinations = 1,  // as first described: every combination, one region a neuron each
};

/// Count the activation regions; with `store` keep them, with an interior point each.
Enumeration enumerate_highs(const Problem& problem, Decider& decider, Form form,
                            Monitor& monitor, bool store);

}  // namespace polyregions
