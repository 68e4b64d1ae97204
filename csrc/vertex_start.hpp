// SPDX-License-Identifier: MIT
// Where the vertex engine's search begins: exact simplicial cones.
#pragma once

#include <vector>

#include "exact_path.hpp"

namespace polyregions {

/// D independent hyperplanes that every cell has on one side: domain rows, then first
/// breaks of the first cutting layer.  Each choice of sides of the latter is a start.
struct VertexStart {
  bool applies = false;
  std::vector<Wall> walls;
  std::vector<Wall> units;  // of them, those of the first cutting layer
};

/// `applies` when the rank is 1 to 5, and the domain's rows and the first cutting
/// layer's hyperplanes make pointed cones.
VertexStart vertex_start(const Problem& problem);

}  // namespace polyregions
