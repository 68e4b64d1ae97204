// SPDX-License-Identifier: MIT
// Proofs behind a rank bottleneck.
//
// When k units of a layer are active and k is less than the rank so far, all that comes
// later depends on their pre-activations u in R^k alone.  The optimal multipliers of a
// later function then often have exact zeros, which no interval can prove: but if k
// independent walls of the basis are functions of u as well, the function is a
// combination of these k, and that is a k x k system in the coordinates u.
#pragma once

#include <vector>

#include "dictionary.hpp"
#include "row_blocks.hpp"

namespace polyregions {

/// The last bottleneck of the current path.
struct Bottleneck {
  std::size_t layer = 0;        // first layer behind it
  int rank = 0;                 // k
  std::vector<int> coordinate;  // of the units of the layer before; -1 when dead
  RowBlocks rows;
  std::size_t block = 0;  // of `layer`, in coordinates u

  Bottleneck(const FloatNetwork& floats, std::size_t layer_,
             const std::vector<std::uint8_t>& digits_before);
};

/// Units of a layer whose piece is not constant.
int n_active(const FloatLayer& layer, const std::vector<std::uint8_t>& digits);

/// True when sign * g > 0 is certain on {walls > 0}: g = lambda walls + c with lambda
/// and c certainly positive.  walls: (n, n + 1) scaled to at most 1 and oriented, with
/// radii; g: (n + 1).  The bound is that of dictionary.hpp, with an inverse of its own.
bool proves_sign(int n, const std::vector<double>& walls, double wall_radius,
                 const double* g, double g_radius, int sign);

}  // namespace polyregions
