// SPDX-License-Identifier: MIT
// The exact maps of a cell, from its pattern: never stored, recomputed from the first
// layer whose digits changed, so that cells in canonical order share their work.
#pragma once

#include <vector>

#include "cells.hpp"

namespace polyregions {

class Walker {
 public:
  Walker(const Network& network, const Frame& frame);

  void move_to(const Digits& digits);

  /// Pre-activations of layer l on the cell; l of the last layer is the output map.
  const AffineMap& z(std::size_t l) const { return z_[l]; }
  const AffineMap& output() const { return z_.back(); }
  const Digits& digits() const { return digits_; }

 private:
  const Network& network_;
  const Frame& frame_;
  Digits digits_;
  std::vector<AffineMap> z_;
  bool placed_ = false;
};

/// The rows > 0 of the walker's cell that are not constant, each oriented hyperplane
/// once.  The first n_domain of them are the domain's.
struct Walls {
  struct Source {
    int layer = -1, unit = 0;
    int beyond = 0;      // digit of the unit on the other side
    bool alone = false;  // certainly no other unit changes its digit there
  };
  std::vector<Row> rows;
  std::vector<Source> sources;
  int n_domain = 0;
};

Walls walls_of(const Network& network, const Frame& frame, const Walker& walker);

/// Pattern on the other side of a facet on a wall of the walker's cell, by symbols
/// alone. Across the facet every map changes by a multiple of the wall, so one scalar a
/// unit is carried; a unit whose distance to a breakpoint is a multiple of the wall,
/// zero included, may change its digit, in any layer, and no other unit does.
Digits cross(const Network& network, const Walker& walker, const Walls& walls,
             std::size_t wall);

}  // namespace polyregions
