// SPDX-License-Identifier: MIT
#include "witness.hpp"

#include <cmath>

namespace polyregions {

bool Witness::shows(const double* y, const Digits& digits,
                    const std::vector<std::uint8_t>& on_break, const RowBlocks& rows,
                    std::size_t block, const std::vector<PathWall>& domain) {
  const int dim = problem_.search.dim;
  double size = 1.0;
  for (int k = 0; k < dim; ++k) size += std::fabs(y[k]);
  if (!(size < 0x1p500)) return false;
  const double gamma = (dim + 4) * unit_roundoff;
  for (const PathWall& wall : domain) {
    double value = wall.row[0];
    for (int k = 0; k < dim; ++k) value += wall.row[k + 1] * y[k];
    // Rows are scaled to at most 1.
    if (!(value > 1.001 * (wall.radius + gamma) * size)) return false;
  }
  const FloatLayer& layer = floats_.layers[first_];
  const double* data = rows.data(block);
  z_.assign(layer.stride, 0.0);
  z_radius_.assign(layer.stride, 0.0);
  for (int k = 0; k <= dim; ++k) {
    const double factor = k == 0 ? 1.0 : y[k - 1];
    const double* row = data + static_cast<std::size_t>(k) * layer.stride;
    for (int i = 0; i < layer.stride; ++i) {
      z_[i] += row[i] * factor;
      z_radius_[i] += std::fabs(row[i] * factor);
    }
  }
  const double* radii = data + static_cast<std::size_t>(dim + 1) * layer.stride;
  for (int i = 0; i < layer.stride; ++i) {
    z_radius_[i] = 1.001 * (gamma * z_radius_[i] + radii[i] * size) + 0x1p-1060;
  }
  for (std::size_t l = first_;; ++l) {
    if (!inside_pieces(l, digits, on_break)) return false;
    if (l == last_) return true;
    activate(l, digits);
    next_layer(l + 1);
  }
}

bool Witness::inside_pieces(std::size_t l, const Digits& digits,
                            const std::vector<std::uint8_t>& on_break) {
  const FloatLayer& layer = floats_.layers[l];
  for (int unit = 0; unit < layer.n_out && !layer.units.empty(); ++unit) {
    const FloatUnit& u = layer.units[unit];
    const std::size_t digit = digits[l][unit];
    const int column = problem_.layout.column_of[l][unit];
    if (column >= 0 && on_break[column]) continue;
    const double margin =
        1.001 * z_radius_[unit] + 2 * unit_roundoff * std::fabs(z_[unit]);
    if (digit > 0 && !(z_[unit] - u.breaks[digit - 1] > margin)) return false;
    if (digit < u.breaks.size() && !(u.breaks[digit] - z_[unit] > margin)) return false;
  }
  return true;
}

void Witness::activate(std::size_t l, const Digits& digits) {
  const FloatLayer& layer = floats_.layers[l];
  h_.assign(z_.begin(), z_.begin() + layer.n_out);
  h_radius_.assign(z_radius_.begin(), z_radius_.begin() + layer.n_out);
  for (int unit = 0; unit < layer.n_out && !layer.units.empty(); ++unit) {
    const FloatUnit& u = layer.units[unit];
    const int digit = digits[l][unit];
    const double slope = u.slopes[digit], offset = u.offsets[digit];
    const double scaled = slope * z_[unit];
    h_[unit] = scaled + offset;
    h_radius_[unit] =
        1.001 * (std::fabs(slope) * z_radius_[unit] + u.offset_radii[digit] +
                 2 * unit_roundoff * (std::fabs(scaled) + std::fabs(offset)));
  }
}

void Witness::next_layer(std::size_t l) {
  const FloatLayer& layer = floats_.layers[l];
  const double gamma = (layer.n_in + 4) * unit_roundoff;
  z_ = layer.bias;
  z_radius_.assign(layer.stride, 0.0);
  for (int i = 0; i < layer.stride; ++i)
    z_radius_[i] = gamma * std::fabs(layer.bias[i]);
  for (int k = 0; k < layer.n_in; ++k) {
    const double value = h_[k];
    const double total = 1.001 * (h_radius_[k] + gamma * std::fabs(value));
    if (value == 0.0 && total == 0.0) continue;
    const double* column =
        layer.columns.data() + static_cast<std::size_t>(k) * layer.stride;
    const double* magnitude =
        layer.magnitudes.data() + static_cast<std::size_t>(k) * layer.stride;
    for (int i = 0; i < layer.stride; ++i) {
      z_[i] += column[i] * value;
      z_radius_[i] += magnitude[i] * total;
    }
  }
  for (int i = 0; i < layer.stride; ++i)
    z_radius_[i] = 1.001 * z_radius_[i] + 0x1p-1060;
}

}  // namespace polyregions
