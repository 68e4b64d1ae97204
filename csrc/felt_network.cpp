// SPDX-License-Identifier: MIT
#include "felt_network.hpp"

#include <algorithm>
#include <cmath>

namespace polyregions {

namespace {

constexpr int lanes = 8;
int padded(int n) { return (n + lanes - 1) / lanes * lanes; }

double largest_slope(const FloatLayer& layer, int unit) {
  double largest = 0.0;
  for (int digit = 0; digit <= layer.most_digits[unit]; ++digit) {
    largest = std::fmax(largest, std::fabs(layer.slope(unit, digit)));
  }
  return largest;
}

/// A weight of each output, none of them special; that of certificates (Trace::felt).
double mixing(int output) { return 1.0 + 2.0 * ((output * 389 + 151) % 1021); }

}  // namespace

FeltNetwork felt_network(const FloatNetwork& floats, std::size_t last) {
  FeltNetwork out;
  const std::size_t n = floats.layers.size();
  out.layers.resize(n);
  std::vector<double> felt, size;  // of the layer behind
  for (int i = 0; i < floats.layers.back().n_out; ++i) felt.push_back(mixing(i));
  size = felt;
  double operations = floats.layers.back().n_out + 4.0;
  for (std::size_t l = n; l-- > 0;) {
    const FloatLayer& layer = floats.layers[l];
    FeltLayer& own = out.layers[l];
    // `felt` and `size` belong to this layer's own units.
    own.threshold.assign(padded(layer.n_out), 0.0);
    for (int i = 0; i < layer.n_out; ++i) {
      own.threshold[i] = 1.01 * operations * unit_roundoff * size[i] + 0x1p-900;
    }
    if (l == last) {
      out.last = felt;
      out.last.resize(padded(layer.n_out), 0.0);
    }
    own.stride = padded(layer.n_in);
    own.rows.assign(static_cast<std::size_t>(layer.n_out) * own.stride, 0.0);
    std::vector<double> before(layer.n_in, 0.0), size_before(layer.n_in, 0.0);
    for (int i = 0; i < layer.n_out; ++i) {
      // Behind the last breakpoint each unit has one piece.
      const double slope = layer.slope(i, 0);
      for (int k = 0; k < layer.n_in; ++k) {
        const double w = layer.columns[static_cast<std::size_t>(k) * layer.stride + i];
        own.rows[static_cast<std::size_t>(i) * own.stride + k] = w;
        before[k] += felt[i] * slope * w;
        size_before[k] += size[i] * largest_slope(layer, i) * std::fabs(w);
      }
    }
    felt = std::move(before);
    size = std::move(size_before);
    operations += layer.n_out + 4.0;
  }
  return out;
}

}  // namespace polyregions
