// SPDX-License-Identifier: MIT
#include "float_point.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace polyregions {

FloatPoint::FloatPoint(const Problem& problem)
    : problem_(problem), floats_(float_network(problem.network)) {
  const Frame& frame = problem.frame;
  for (const Row& row : frame.rows) domain_.push_back(scaled_floats(row));
  const AffineMap first = pre_activation(problem.network.layers[0], frame.inputs);
  for (const Row& row : first.rows) first_.push_back(rounded_floats(row, first.scale));
}

bool FloatPoint::digits_at(const double* y, Digits& digits) {
  const int dim = problem_.frame.dim;
  double size = 1.0, off = 0.0;
  for (int k = 0; k < dim; ++k) size += std::fabs(y[k]);
  if (!(size < 0x1p500)) return false;
  for (const FloatRow& row : domain_) {
    if (!(value(row, y, size, off) > off)) return false;
  }
  z_.resize(first_.size());
  off_.resize(first_.size());
  for (std::size_t i = 0; i < first_.size(); ++i) {
    z_[i] = value(first_[i], y, size, off_[i]);
  }
  for (std::size_t l = 0; l + 1 < floats_.layers.size(); ++l) {
    if (!decide(l, digits)) return false;
    if (l + 2 < floats_.layers.size()) pass(l, digits);  // not to the outputs
  }
  return true;
}

/// As (value) of float_walls.hpp.
double FloatPoint::value(const FloatRow& row, const double* y, double size,
                         double& off) const {
  const int dim = problem_.frame.dim;
  double value = row.values[0];
  for (int k = 1; k <= dim; ++k) value += row.values[k] * y[k - 1];
  off = 1.001 * size * (row.radius + (dim + 4) * unit_roundoff * row.most) + 0x1p-1000;
  return value;
}

bool FloatPoint::decide(std::size_t l, Digits& digits) {
  const FloatLayer& layer = floats_.layers[l];
  for (int unit = 0; unit < layer.n_out; ++unit) {
    int digit = 0;
    for (const double level : layer.breaks[unit]) {
      const double above = z_[unit] - level;
      const double off = 1.001 * off_[unit] +
                         2 * unit_roundoff * (std::fabs(z_[unit]) + std::fabs(level));
      if (!(std::fabs(above) > off)) return false;
      digit += above > 0.0;
    }
    digits[l][unit] = static_cast<std::uint8_t>(digit);
  }
  return true;
}

/// To the next layer.
void FloatPoint::pass(std::size_t l, const Digits& digits) {
  const FloatLayer& layer = floats_.layers[l];
  const FloatLayer& after = floats_.layers[l + 1];
  next_.assign(after.bias.begin(), after.bias.end());
  next_off_.assign(after.bias_radii.begin(), after.bias_radii.end());
  for (int unit = 0; unit < layer.n_out; ++unit) {
    const FloatPiece& piece = layer.piece(unit, digits[l][unit]);
    if (piece.is_zero()) continue;
    const double slope = std::fabs(piece.slope);
    const double h = piece.slope * z_[unit] + piece.offset;
    const double size = slope * std::fabs(z_[unit]) + std::fabs(piece.offset);
    const double off = slope * off_[unit] + piece.offset_radius +
                       (3 * unit_roundoff + after.rounding) * size + 0x1p-1060;
    const double* const w =
        after.columns.data() + static_cast<std::size_t>(unit) * after.stride;
    for (int i = 0; i < after.stride; ++i) {
      next_[i] += h * w[i];
      next_off_[i] += off * std::fabs(w[i]);
    }
  }
  for (double& off : next_off_) off = 1.001 * off + 0x1p-1000;
  std::swap(z_, next_);
  std::swap(off_, next_off_);
}

}  // namespace polyregions
