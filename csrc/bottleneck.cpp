// SPDX-License-Identifier: MIT
#include "bottleneck.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace polyregions {

namespace {

bool is_active(const FloatLayer& layer, int unit, std::uint8_t digit) {
  return layer.units.empty() || layer.units[unit].slopes[digit] != 0.0;
}

/// Gauss-Jordan inverse of an m x m matrix, m = n + 1; false when it seems singular.
bool invert(std::vector<double> a, int m, std::vector<double>& inverse) {
  inverse.assign(static_cast<std::size_t>(m) * m, 0.0);
  for (int i = 0; i < m; ++i) inverse[i * m + i] = 1.0;
  for (int column = 0; column < m; ++column) {
    int best = column;
    for (int i = column; i < m; ++i) {
      if (std::fabs(a[i * m + column]) > std::fabs(a[best * m + column])) best = i;
    }
    const double pivot = a[best * m + column];
    if (!(std::fabs(pivot) > 0x1p-300)) return false;
    for (int k = 0; k < m; ++k) {
      std::swap(a[best * m + k], a[column * m + k]);
      std::swap(inverse[best * m + k], inverse[column * m + k]);
    }
    for (int k = 0; k < m; ++k) {
      a[column * m + k] /= pivot;
      inverse[column * m + k] /= pivot;
    }
    for (int i = 0; i < m; ++i) {
      const double factor = a[i * m + column];
      if (i == column || factor == 0.0) continue;
      for (int k = 0; k < m; ++k) {
        a[i * m + k] -= factor * a[column * m + k];
        inverse[i * m + k] -= factor * inverse[column * m + k];
      }
    }
  }
  return true;
}

}  // namespace

int n_active(const FloatLayer& layer, const std::vector<std::uint8_t>& digits) {
  int n = 0;
  for (int unit = 0; unit < layer.n_out; ++unit)
    n += is_active(layer, unit, digits[unit]);
  return n;
}

Bottleneck::Bottleneck(const FloatNetwork& floats, std::size_t layer_,
                       const std::vector<std::uint8_t>& digits_before)
    : layer(layer_),
      rank(n_active(floats.layers[layer_ - 1], digits_before)),
      rows(floats, rank) {
  const FloatLayer& before = floats.layers[layer - 1];
  int next = 0;
  for (int unit = 0; unit < before.n_out; ++unit) {
    coordinate.push_back(is_active(before, unit, digits_before[unit]) ? next++ : -1);
  }
  const std::size_t own = rows.coordinates(layer - 1, coordinate);
  block = rows.biases(layer);
  for (int unit = 0; unit < before.n_out; ++unit) {
    rows.contribute(layer - 1, unit, digits_before[unit], own, block);
  }
}

bool proves_sign(int n, const std::vector<double>& walls, double wall_radius,
                 const double* g, double g_radius, int sign) {
  // Columns of the matrix: constant first, as in the rows; its first row is (1, 0, ..).
  const int m = n + 1;
  std::vector<double> matrix(static_cast<std::size_t>(m) * m, 0.0), inverse;
  matrix[0] = 1.0;
  std::copy(walls.begin(), walls.end(), matrix.begin() + m);
  if (!invert(matrix, m, inverse)) return false;
  std::vector<double> sizes(m, 0.0), lambda(m, 0.0);
  double total = 0.0, g_size = 0.0, norm = 0.0, worst = 0.0;
  for (int k = 0; k < m; ++k) {
    g_size = std::fmax(g_size, std::fabs(g[k]));
    for (int j = 0; j < m; ++j) {
      sizes[j] += std::fabs(inverse[k * m + j]);
      lambda[j] += g[k] * inverse[k * m + j];
    }
  }
  for (int j = 0; j < m; ++j) {
    total += sizes[j];
    norm += std::fabs(lambda[j]);
  }
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < m; ++j) {
      double residual = i == j ? -1.0 : 0.0;
      for (int k = 0; k < m; ++k) residual += matrix[i * m + k] * inverse[k * m + j];
      const double relative = std::fabs(residual) / sizes[j];
      if (!(relative <= worst)) worst = relative;  // NaN must not hide in a maximum
    }
  }
  const double gamma = 4.0 * (m + 4) * unit_roundoff;
  const double eta = 1.001 * (worst + wall_radius + gamma);
  const double spread = eta * total;
  if (!(spread < 0.25)) return false;
  const double bound =
      1.001 * (g_radius + gamma * g_size + norm * eta / (1.0 - spread));
  for (int j = 0; j < m; ++j) {
    if (!(sign * lambda[j] > bound * sizes[j])) return false;
  }
  return true;
}

}  // namespace polyregions
