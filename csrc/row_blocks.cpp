// SPDX-License-Identifier: MIT
#include "row_blocks.hpp"

#include <algorithm>
#include <cmath>

#include "kernels.hpp"

namespace polyregions {

namespace {

/// gamma_n of a sum over the layer's inputs, with room for the radii's own roundings.
double rounding(const FloatLayer& layer) { return (layer.n_in + 8) * unit_roundoff; }

}  // namespace

std::size_t RowBlocks::push(int stride) {
  const std::size_t at = values_.size();
  values_.resize(at + static_cast<std::size_t>(dim_ + 2) * stride, 0.0);
  return at;
}

std::size_t RowBlocks::rounded(std::size_t layer, const AffineMap& z) {
  const FloatLayer& f = floats_.layers[layer];
  const std::size_t at = push(f.stride);
  for (int unit = 0; unit < f.n_out; ++unit) {
    double radius = 0.0;
    for (int k = 0; k <= dim_; ++k) {
      double r = 0.0;
      values_[at + static_cast<std::size_t>(k) * f.stride + unit] =
          rounded_with_radius(z.rows[unit][k], z.scale, r);
      radius = std::fmax(radius, r);
    }
    values_[at + static_cast<std::size_t>(dim_ + 1) * f.stride + unit] = radius;
  }
  return at;
}

std::size_t RowBlocks::coordinates(std::size_t layer,
                                   const std::vector<int>& coordinate) {
  const FloatLayer& f = floats_.layers[layer];
  const std::size_t at = push(f.stride);
  for (int unit = 0; unit < f.n_out; ++unit) {
    if (coordinate[unit] < 0) continue;
    values_[at + static_cast<std::size_t>(coordinate[unit] + 1) * f.stride + unit] =
        1.0;
  }
  return at;
}

std::size_t RowBlocks::biases(std::size_t layer) {
  const FloatLayer& f = floats_.layers[layer];
  const std::size_t at = push(f.stride);
  std::copy(f.bias.begin(), f.bias.end(), values_.begin() + at);
  double* radius = values_.data() + at + static_cast<std::size_t>(dim_ + 1) * f.stride;
  for (int i = 0; i < f.stride; ++i) radius[i] = rounding(f) * std::fabs(f.bias[i]);
  return at;
}

std::size_t RowBlocks::copied(std::size_t layer, std::size_t from) {
  const std::size_t at = push(floats_.layers[layer].stride);
  std::copy_n(values_.begin() + from, values_.size() - at, values_.begin() + at);
  return at;
}

void RowBlocks::contribute(std::size_t layer, int unit, int digit, std::size_t own,
                           std::size_t next) {
  const FloatLayer& f = floats_.layers[layer];
  double slope = 1.0, offset = 0.0, offset_radius = 0.0;
  if (!f.units.empty()) {
    const FloatUnit& u = f.units[unit];
    slope = u.slopes[digit];
    offset = u.offsets[digit];
    offset_radius = u.offset_radii[digit];
    if (slope == 0.0 && offset == 0.0 && offset_radius == 0.0) return;
  }
  scratch_.resize(dim_ + 1);
  double* const h = scratch_.data();
  double norm = 0.0;
  for (int k = 0; k <= dim_; ++k) {
    h[k] = slope * values_[own + static_cast<std::size_t>(k) * f.stride + unit];
    norm = std::fmax(norm, std::fabs(h[k]));
  }
  h[0] += offset;
  norm = std::fmax(norm, std::fabs(h[0])) + std::fabs(offset);
  double radius = values_[own + static_cast<std::size_t>(dim_ + 1) * f.stride + unit];
  // A slope of 1 and no offset round nothing; otherwise a product and a sum do.
  radius = 1.0001 * (std::fabs(slope) * radius + offset_radius) +
           (slope == 1.0 && offset == 0.0 ? 0.0 : 3 * unit_roundoff * norm);
  const FloatLayer& after = floats_.layers[layer + 1];
  const double total = 1.0001 * (radius + rounding(after) * norm) + 0x1p-1060;
  const std::size_t column = static_cast<std::size_t>(unit) * after.stride;
  add_column(values_.data() + next, after.columns.data() + column,
             after.magnitudes.data() + column, h, total, dim_, after.stride);
}

double RowBlocks::row(std::size_t layer, int unit, int index, std::size_t block,
                      double* values) const {
  const FloatLayer& f = floats_.layers[layer];
  for (int k = 0; k <= dim_; ++k) {
    values[k] = values_[block + static_cast<std::size_t>(k) * f.stride + unit];
  }
  double radius = values_[block + static_cast<std::size_t>(dim_ + 1) * f.stride + unit];
  const double level = f.units[unit].breaks[index];
  if (level != 0.0) {
    radius += 2 * unit_roundoff * (std::fabs(values[0]) + std::fabs(level));
    values[0] -= level;
  }
  return radius;
}

}  // namespace polyregions
