// SPDX-License-Identifier: MIT
// The exact rung of the fast engines: hyperplanes of the current path as integers,
// composed only when a float decision is in doubt.
#pragma once

#include <algorithm>
#include <vector>

#include "cells.hpp"

namespace polyregions {

/// A hyperplane by name.  layer >= 0: break `index` of a unit; `domain`: row `index` of
/// the frame; `infinity`: the x0 >= 0 of homogeneous coordinates.
struct Wall {
  static constexpr int domain = -1, infinity = -2;
  int layer = infinity, unit = 0, index = 0;
  int orientation = 1;  // the cell lies where orientation * row > 0
};

class ExactPath {
 public:
  /// `digits` is the search's own array, which it changes as it goes.
  ExactPath(const Problem& problem, const Digits& digits)
      : problem_(problem),
        digits_(digits),
        valid_(0),
        z_(problem.network.layers.size()) {}

  /// Layers above this one are about to change.
  void enter_layer(std::size_t l) { valid_ = std::min(valid_, l); }

  /// The wall's row (constant first), oriented so that the cell is positive.
  Row row(const Wall& wall);

  /// Pre-activations of a layer.
  const AffineMap& map(std::size_t layer) { return z(layer); }

  /// The row of a break, not oriented.
  Row break_row_of(int layer, int unit, int index);

 private:
  const AffineMap& z(std::size_t l);
  const Problem& problem_;
  const Digits& digits_;
  std::size_t valid_;  // z_[0 .. valid_) fit the digits
  std::vector<AffineMap> z_;
};

/// Rows of all breaks at these digits, >= 0 on the cell, but for those that are 0 on
/// it.
std::vector<Row> break_rows(const Problem& problem, const Digits& digits);

/// A vector v != 0 of R^(d+1) on which d independent rows vanish: minors of the rows,
/// with the sign of the generalised cross product.  All zeros when they are dependent.
std::vector<Integer> null_vector(const std::vector<Row>& rows);

Integer dot(const Row& row, const std::vector<Integer>& homogeneous);

}  // namespace polyregions
