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

/// One piece of a unit's function: slope z + offset, the offset within its radius.
struct FloatPiece {
  double slope = 1.0, offset = 0.0, offset_radius = 0.0;
  bool has_offset() const { return offset != 0.0 || offset_radius != 0.0; }
  bool is_zero() const { return slope == 0.0 && !has_offset(); }
  bool is_identity() const { return slope == 1.0 && !has_offset(); }
};

struct FloatLayer {
  int n_in = 0, n_out = 0, stride = 0;  // stride: n_out padded to the vector length
  bool cuts = false;                    // some unit has a breakpoint
  std::vector<double> columns;          // (n_in, stride): column k is W[:, k]
  std::vector<double> bias;             // (stride)
  double rounding = 0.0;  // of a sum over the inputs and the bias, see row_blocks.hpp
  std::vector<double> bias_radii, largest_weights;  // (stride): what it costs a row
  std::vector<double> zeros;                        // (stride)
  std::vector<std::vector<double>> breaks;          // of each unit
  std::vector<FloatPiece> pieces;                   // of all units
  std::vector<int> first_piece;                     // of each unit
  std::vector<std::uint8_t> most_digits;            // (stride) breaks of each unit
  bool plain = false;                               // every unit has one break, at 0
  std::vector<std::uint64_t> loud[2];  // of a plain layer: bits of the units whose
                                       // piece is not the zero function
  std::vector<double> slopes[2];       // (stride) and what its pieces' slopes are

  const FloatPiece& piece(int unit, int digit) const {
    return pieces[static_cast<std::size_t>(first_piece[unit]) + digit];
  }
  double slope(int unit, int digit) const { return piece(unit, digit).slope; }
};

struct FloatNetwork {
  std::vector<FloatLayer> layers;
};

FloatNetwork float_network(const Network& network);

/// An affine function, each coefficient within the radius; the largest of them.
struct FloatRow {
  std::vector<double> values;
  double radius = 0.0, most = 0.0;
};

/// A row over its largest magnitude.
FloatRow scaled_floats(const Row& row);
/// numerators / scale, each rounded once.
FloatRow rounded_floats(const Row& numerators, const Integer& scale);

/// numerator / scale as a double, and a bound on what the rounding cost (0 when exact).
double rounded_with_radius(const Integer& numerator, const Integer& scale,
                           double& radius);

}  // namespace polyregions
