// SPDX-License-Identifier: MIT
// engine="vertex": depth-first search in which every cell keeps its generators, for
// low rank (1 to 5).
//
// Signs of a unit at all generators of a cell settle everything: + at one and - at
// another, it cuts the cell and both children are full-dimensional; all >= 0 and one
// > 0, it does not cut.  Each sign is certified by the bounds of cone.hpp or taken from
// exact integers, and adjacency of generators is combinatorial, so no rounding decides
// anything and neither leaf witnesses nor Farkas multipliers are needed.
#pragma once

#include "cells.hpp"

namespace polyregions {

/// True when the engine can take the problem: its rank is 1 to 5, and the domain's
/// rows and the first cutting layer's hyperplanes make pointed cones.
bool vertex_engine_applies(const Problem& problem);

/// Count the activation regions; with `store` keep them, sorted.
Enumeration enumerate_vertex(const Problem& problem, Monitor& monitor, bool store);

}  // namespace polyregions
