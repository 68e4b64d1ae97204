// SPDX-License-Identifier: MIT
// The network backwards: what the outputs feel of a unit.
//
// Across a facet that only unit u of layer l crosses, the output map changes by
// (slope beyond - slope here) * v_u times the facet's row, where v_u is the sum over
// all paths from u to an output of the products of weights and slopes: the two maps are
// equal exactly when v_u = 0 for every output.
//
// In floating point one fixed combination of the outputs stands for all: a value that
// is certainly not 0 proves that some v_u is not.
//  (felt)  v is a sum over paths of products of at most one weight and one slope a
//          layer, off by gamma M, where M is the same sum of absolute values with the
//          largest slopes, whatever the digits; gamma = 1.01 N u with N operations on
//          any path's way: sum over the layers behind of (n_out + 4).
#pragma once

#include <vector>

#include "float_network.hpp"

namespace polyregions {

struct FeltLayer {
  int stride = 0;                 // n_in, padded
  std::vector<double> rows;       // (n_out, stride): W by rows
  std::vector<double> threshold;  // (n_out, padded): certain above it in absolute value
};

struct FeltNetwork {
  std::vector<FeltLayer> layers;
  std::vector<double> last;  // (stride): v of the last cutting layer's units
};

/// `last`: the last layer with breakpoints.
FeltNetwork felt_network(const FloatNetwork& floats, std::size_t last);

}  // namespace polyregions
