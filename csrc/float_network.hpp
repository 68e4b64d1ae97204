// SPDX-License-Identifier: MIT
// The network in floating point with rigorous radii: what the fast engines compute
// with.
//
// Every double that stands for a real number has a radius beside it: the real number
// lies within it.  Weights, biases, slopes and breakpoints are exact doubles; offsets
// and the first layer's rows are rounded once and carry what that cost.
#pragma once

#include <vector>

#include "frame.hpp"
#include "network.hpp"

namespace polyregions {

constexpr double unit_roundoff = 0x1p-53;

struct FloatUnit {
  std::vector<double> breaks, slopes, offsets, offset_radii;
};

struct FloatLayer {
  int n_in = 0, n_out = 0, stride = 0;    // stride: n_out padded to the vector length
  bool cuts = false;                      // some unit has a breakpoint
  std::vector<double> columns;            // (n_in, stride): column k is W[:, k]
  std::vector<double> bias;               // (stride)
  std::vector<FloatUnit> units;           // empty: identity
  std::vector<std::uint8_t> most_digits;  // breaks of each unit
  std::vector<double> slopes;             // of all units, piece by piece
  std::vector<int> first_slope;           // of each unit
  bool plain = false;                     // every unit has one break, at 0

  double slope(int unit, int digit) const { return slopes[first_slope[unit] + digit]; }
};

struct FloatNetwork {
  std::vector<FloatLayer> layers;
};

FloatNetwork float_network(const Network& network);

/// numerator / scale as a double, and a bound on what the rounding cost (0 when exact).
double rounded_with_radius(const Integer& numerator, const Integer& scale,
                           double& radius);

}  // namespace polyregions
