// SPDX-License-Identifier: MIT
// Pre-activation rows of the layers along a search path, with rigorous radii.
//
// A block belongs to one layer and one node: vectors over the layer's units, first the
// coefficients 0..dim, then the radii, each padded to the layer's stride.  A unit that
// is decided adds W[:, unit] h to the next layer's block (the dead piece of a ReLU adds
// nothing), so work on shared parts of the tree is shared.
#pragma once

#include <vector>

#include "float_network.hpp"

namespace polyregions {

class RowBlocks {
 public:
  RowBlocks(const FloatNetwork& floats, int dim) : floats_(floats), dim_(dim) {}

  /// Block of a layer from its exact rows, each coefficient rounded once.
  std::size_t rounded(std::size_t layer, const AffineMap& z);

  /// Block of a layer whose units are coordinates themselves (-1: 0), exactly.
  std::size_t coordinates(std::size_t layer, const std::vector<int>& coordinate);

  /// Block of a layer that holds its biases, before any unit contributes.
  std::size_t biases(std::size_t layer);

  std::size_t copied(std::size_t layer, std::size_t from);

  /// Add W[:, unit] h to the next layer's block; `digit` is the unit's piece.
  void contribute(std::size_t layer, int unit, int digit, std::size_t own,
                  std::size_t next);

  /// Row z - t of a break of a unit; returns its radius.  values: (dim + 1).
  double row(std::size_t layer, int unit, int index, std::size_t block,
             double* values) const;

  const double* data(std::size_t block) const { return values_.data() + block; }

  /// Drop this block and all made after it.
  void drop(std::size_t block) { values_.resize(block); }

 private:
  std::size_t push(int stride);

  const FloatNetwork& floats_;
  const int dim_;
  std::vector<double> values_;
  std::vector<double> scratch_;
};

}  // namespace polyregions
