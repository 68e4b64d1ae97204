// SPDX-License-Identifier: MIT
// The network as exact integers, and the composition of affine maps along a pattern.
//
// Notation.  Layer l has z = W h + b and h' = s_j z + o_j on piece j of a unit.  A map
// holds scale * value, with one positive scale a layer: the scales depend on the
// network and the frame only, never on the pattern, so equal maps are equal integers.
#pragma once

#include <cstdint>
#include <vector>

#include "integer.hpp"

namespace polyregions {

/// Continuous piecewise-linear function with k breakpoints and k + 1 pieces.
struct Activation {
  std::vector<double> breakpoints, slopes;
  double anchor = 0.0;           // value at the first breakpoint (at 0 without one)
  std::vector<Integer> breaks;   // breakpoint * 2^break_exponent of the layer
  std::vector<Integer> factors;  // slope * 2^slope_exponent of the layer
  std::vector<Integer> offsets;  // piece j is slope_j z + offset_j / 2^slope_exponent
};

struct Layer {
  int n_in = 0, n_out = 0;
  bool hidden = false;          // counts as hidden layer in per_layer
  std::vector<Integer> weight;  // (n_out, n_in), times 2^exponent
  std::vector<Integer> bias;    // times 2^exponent
  std::vector<double> weight_values, bias_values;  // the same, as they came
  int exponent = 0, break_exponent = 0, slope_exponent = 0;
  std::vector<Activation> units;  // empty: identity
};

/// Affine functions of y with a common scale: rows[i] = scale * value.
struct AffineMap {
  std::vector<Row> rows;
  Integer scale = 1;
};

struct Network {
  int n_inputs = 0;
  std::vector<Layer> layers;
  int n_hidden() const;  // layers with `hidden`
};

/// Add a layer given as float64; every value is taken as the dyadic that it is.
/// Throws invalid_network on shapes that do not fit.
void add_layer(Network& network, const double* weight, const double* bias, int n_out,
               int n_in, bool hidden, std::vector<Activation> units);

/// Give a layer other weights and biases, every one as the dyadic that it is.
void set_values(Layer& layer, const double* weight, const double* bias);

/// z = W h + b.
AffineMap pre_activation(const Layer& layer, const AffineMap& h);

/// {z = t_j} as a row, positive where z > t_j: break j of `unit`, of the map z.
Row break_row(const Layer& layer, int unit, int j, const AffineMap& z);

/// h' of a unit whose digit (its piece) is known; the scale is `activation_scale`.
Row unit_output(const Layer& layer, int unit, int digit, const Row& z,
                const Integer& z_scale);

/// The scale of all h' of the layer.
Integer activation_scale(const Layer& layer, const Integer& z_scale);

/// h' of the whole layer; digits[unit] is the piece of each unit.
AffineMap post_activation(const Layer& layer, const AffineMap& z,
                          const std::uint8_t* digits);

/// Number of breakpoints of a unit.
inline int n_breaks(const Layer& layer, int unit) {
  return layer.units.empty() ? 0
                             : static_cast<int>(layer.units[unit].breakpoints.size());
}

}  // namespace polyregions
