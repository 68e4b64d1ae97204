// SPDX-License-Identifier: MIT
#include "float_walls.hpp"

#include <algorithm>
#include <cmath>

namespace polyregions {

namespace {

// These choose where a facet is looked for; what shows one does not know them.
constexpr int most_moves = 40;
constexpr double least_across = 1e-12;  // relative: of a row that is not the wall's

/// Some number in [1/2, 3/2], the same for the same k.
double weight(int k, double step) {
  const double x = k * step;
  return 0.5 + (x - std::floor(x));
}

}  // namespace

FloatWalls::FloatWalls(const Problem& problem)
    : problem_(problem),
      floats_(float_network(problem.network)),
      dim_(problem.search.dim),
      z_(problem.network.layers.size()) {
  n_domain_ = static_cast<int>(problem.search.rows.size());
  capacity_ = static_cast<std::size_t>(n_domain_);
  for (const FloatLayer& layer : floats_.layers) {
    capacity_ += 2 * static_cast<std::size_t>(layer.n_out);
  }
  rows_.assign((dim_ + 1) * capacity_, 0.0);
  radii_.assign(capacity_, 0.0);
  most_ = values_ = radii_;
  for (int i = 0; i < n_domain_; ++i) {
    const FloatRow row = scaled_floats(problem.search.rows[i]);
    for (int k = 0; k <= dim_; ++k) entry(k, i) = row.values[k];
    radii_[i] = row.radius;
    most_[i] = row.most;
  }
  const std::size_t stride = floats_.layers[0].stride;
  const AffineMap first =
      pre_activation(problem.network.layers[0], problem.search.inputs);
  z_[0].columns.assign((dim_ + 1) * stride, 0.0);
  z_[0].radii.assign(stride, 0.0);
  for (std::size_t unit = 0; unit < first.rows.size(); ++unit) {
    const FloatRow row = rounded_floats(first.rows[unit], first.scale);
    for (int k = 0; k <= dim_; ++k) z_[0].columns[k * stride + unit] = row.values[k];
    z_[0].radii[unit] = row.radius;
  }
}

void FloatWalls::move_to(const Digits& digits) {
  std::size_t l = 0;
  while (placed_ && l < digits.size() && digits[l] == digits_[l]) ++l;
  digits_ = digits;
  placed_ = true;
  for (++l; l + 1 < z_.size(); ++l) compose(l);  // not the outputs
  list_walls();
}

/// z of a layer from that of the one before, see RowBlocks::contribute.
void FloatWalls::compose(std::size_t l) {
  const FloatLayer& before = floats_.layers[l - 1];
  const FloatLayer& own = floats_.layers[l];
  const Map& from = z_[l - 1];
  Map& z = z_[l];
  z.columns.assign(static_cast<std::size_t>(dim_ + 1) * own.stride, 0.0);
  std::copy(own.bias.begin(), own.bias.end(), z.columns.begin());
  z.is_constant = true;
  h_.resize(dim_ + 1);
  double total = 0.0;
  for (int unit = 0; unit < before.n_out; ++unit) {
    const FloatPiece& piece = before.piece(unit, digits_[l - 1][unit]);
    if (piece.is_zero()) continue;
    z.is_constant = false;
    double norm = 0.0;
    for (int k = 0; k <= dim_; ++k) {
      h_[k] = piece.slope *
              from.columns[static_cast<std::size_t>(k) * before.stride + unit];
      norm = std::fmax(norm, std::fabs(h_[k]));
    }
    double radius = from.radii[unit];
    if (!piece.is_identity()) {
      h_[0] += piece.offset;
      norm = std::fmax(norm, std::fabs(h_[0])) + std::fabs(piece.offset);
      radius = 1.0001 * (std::fabs(piece.slope) * radius + piece.offset_radius) +
               3 * unit_roundoff * norm;  // a product and a sum
    }
    total += 1.0001 * (radius + own.rounding * norm) + 0x1p-1060;
    const double* const w =
        own.columns.data() + static_cast<std::size_t>(unit) * own.stride;
    for (int k = 0; k <= dim_; ++k) {
      double* const to = z.columns.data() + static_cast<std::size_t>(k) * own.stride;
      for (int i = 0; i < own.stride; ++i) to[i] += h_[k] * w[i];
    }
  }
  z.radii.resize(own.stride);
  for (int i = 0; i < own.stride; ++i) {
    z.radii[i] = own.bias_radii[i] + own.largest_weights[i] * total;
  }
}

void FloatWalls::list_walls() {
  sources_.clear();
  n_ = n_domain_;
  is_constant_break_ = false;
  for (std::size_t l = 0; l + 1 < z_.size(); ++l) {
    const FloatLayer& layer = floats_.layers[l];
    for (int unit = 0; unit < layer.n_out; ++unit) {
      const int digit = digits_[l][unit], at = static_cast<int>(l);
      const int n = static_cast<int>(layer.breaks[unit].size());
      if (z_[l].is_constant) {
        // A constant, the bias; it is no wall.
        is_constant_break_ =
            is_constant_break_ ||
            (digit < n && layer.bias[unit] == layer.breaks[unit][digit]);
        continue;
      }
      if (digit > 0) {
        push(layer, z_[l], unit, digit - 1, 1.0);
        sources_.push_back({at, unit, digit - 1});
      }
      if (digit < n) {
        push(layer, z_[l], unit, digit, -1.0);
        sources_.push_back({at, unit, digit + 1});
      }
    }
  }
}

void FloatWalls::push(const FloatLayer& layer, const Map& z, int unit, int index,
                      double side) {
  const int row = n_++;
  most_[row] = 0.0;
  radii_[row] = z.radii[unit];
  for (int k = 0; k <= dim_; ++k) {
    double value = z.columns[static_cast<std::size_t>(k) * layer.stride + unit];
    const double level = layer.breaks[unit][index];
    if (k == 0 && level != 0.0) {
      radii_[row] += 2 * unit_roundoff * (std::fabs(value) + std::fabs(level));
      value -= level;
    }
    entry(k, row) = side * value;
    most_[row] = std::fmax(most_[row], std::fabs(value));
  }
}

bool FloatWalls::are_apart() {
  if (is_constant_break_) return false;
  intervals_.clear();
  for (int i = n_domain_; i < n_; ++i) {
    double p = 0.0, q = 0.0, total = 0.0;
    for (int k = 0; k <= dim_; ++k) {
      p += entry(k, i) * weight(k, 0.7548776662466927);
      q += entry(k, i) * weight(k, 0.5698402909980532);
      total += std::fabs(entry(k, i));
    }
    // Weights are below 3/2 and exact.
    const double off =
        1.5001 * ((dim_ + 1) * radii_[i] + (dim_ + 4) * unit_roundoff * total) +
        0x1p-1000;
    const double rest = std::fabs(q) - off;
    const double ratio = p / q;
    const double error = 1.0001 * (off * (1.0 + std::fabs(ratio)) / rest +
                                   4 * unit_roundoff * std::fabs(ratio));
    if (!(rest > 0.0) || !(error < INFINITY)) return false;
    intervals_.push_back({ratio - error, ratio + error});
  }
  std::sort(intervals_.begin(), intervals_.end());
  double high = -INFINITY;
  for (const Interval& own : intervals_) {
    if (!(own.low > high)) return false;
    high = own.high;
  }
  return true;
}

// --- facets ---

double FloatWalls::value(int row, const double* y) const {
  double value = entry(0, row);
  for (int k = 1; k <= dim_; ++k) value += entry(k, row) * y[k - 1];
  return value;
}

double FloatWalls::bound(int row, double size) const {
  return 1.001 * size * (radii_[row] + (dim_ + 4) * unit_roundoff * most_[row]) +
         0x1p-1000;
}

double FloatWalls::dot(int i, int j) const {
  double total = 0.0;
  for (int k = 1; k <= dim_; ++k) total += entry(k, i) * entry(k, j);
  return total;
}

void FloatWalls::find_values(const double* y) {
  std::copy_n(rows_.begin(), n_, values_.begin());
  for (int k = 1; k <= dim_; ++k) {
    const double* const column = rows_.data() + k * capacity_;
    for (int i = 0; i < n_; ++i) values_[i] += column[i] * y[k - 1];
  }
}

/// The row of which least is certain to be left when y is moved onto the wall.
int FloatWalls::worst(int wall, const double* y, double& least) {
  double size = 1.0;
  for (int k = 0; k < dim_; ++k) size += std::fabs(y[k]);
  int m = 1;
  for (int k = 2; k <= dim_; ++k) {
    if (std::fabs(entry(k, wall)) > std::fabs(entry(m, wall))) m = k;
  }
  find_values(y);
  const double slope = std::fabs(entry(m, wall)) - radii_[wall];
  const double reach = 1.001 * (std::fabs(values_[wall]) + bound(wall, size)) / slope;
  least = slope > 0.0 && reach < INFINITY ? INFINITY : -INFINITY;
  int at = wall;
  for (int i = 0; i < n_; ++i) {
    if (i == wall) continue;
    const double own = values_[i] - bound(i, size + reach) -
                       1.001 * (std::fabs(entry(m, i)) + radii_[i]) * reach;
    if (own >= least) continue;
    least = own;  // or NaN
    at = i;
    if (!(own == own)) return at;
  }
  return at;
}

bool FloatWalls::carries_facet(int source, const double* inside, const double* beyond) {
  const int wall = n_domain_ + source;
  const double here = value(wall, inside), there = value(wall, beyond);
  at_.assign(inside, inside + dim_);
  if (here > 0.0 && there < 0.0) {
    const double t = here / (here - there);
    for (int k = 0; k < dim_; ++k) at_[k] += t * (beyond[k] - inside[k]);
  }
  for (int moves = 0; moves < most_moves; ++moves) {
    double least = 0.0;
    const int row = worst(wall, at_.data(), least);
    if (least > 0.0) return true;
    if (row == wall || !move_inside(wall, row, least, at_.data())) return false;
  }
  return false;
}

/// Along the wall towards the inside of a row (Agmon; Motzkin, Schoenberg 1954).
bool FloatWalls::move_inside(int wall, int row, double least, double* y) const {
  const double own = dot(wall, wall), both = dot(wall, row), other = dot(row, row);
  const double across = other - both * both / own;
  if (!(across > least_across * other)) return false;
  const double step = -1.5 * least / across;
  for (int k = 0; k < dim_; ++k) {
    y[k] += step * (entry(k + 1, row) - both / own * entry(k + 1, wall));
  }
  move_onto(wall, y);
  return true;
}

void FloatWalls::move_onto(int wall, double* y) const {
  const double step = value(wall, y) / dot(wall, wall);
  for (int k = 0; k < dim_; ++k) y[k] -= step * entry(k + 1, wall);
}

}  // namespace polyregions
