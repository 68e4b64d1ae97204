// SPDX-License-Identifier: MIT
#include "dictionary.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace polyregions {

namespace {

constexpr int lanes = 4;
// These choose a path through the program; proofs do not know them.
constexpr double zero_entry = 1e-10;  // relative: smaller ones do not enter or block
constexpr double usable_pivot = 1e-7;
constexpr int most_pivots = 200;
constexpr int pivots_before_bland = 40;

}  // namespace

Dictionary::Dictionary(int dim)
    : dim_(dim),
      width_((dim + 1 + lanes - 1) / lanes * lanes),
      x_(static_cast<std::size_t>(dim) * width_, 0.0),
      column_walls_(dim + 1, -1) {}

void Dictionary::set_column(int j, int wall, const double* x) {
  column_walls_[j] = wall;
  for (int k = 0; k < dim_; ++k) x_[static_cast<std::size_t>(k) * width_ + j] = x[k];
}

void Dictionary::set_vertex(const double* x) {
  for (int k = 0; k < dim_; ++k) x_[static_cast<std::size_t>(k) * width_] = x[k];
}

void Dictionary::add_basic(int wall, const double* row) {
  basics_.resize(basics_.size() + width_, 0.0);
  basic_walls_.push_back(wall);
  transform(row, basic(basic_walls_.size() - 1));
}

void Dictionary::transform(const double* g, double* __restrict out) const {
  std::fill(out, out + width_, 0.0);
  out[0] = g[0];
  for (int k = 0; k < dim_; ++k) {
    const double factor = g[k + 1];
    const double* __restrict row = x_.data() + static_cast<std::size_t>(k) * width_;
    for (int j = 0; j < width_; ++j) out[j] += factor * row[j];
  }
}

int Dictionary::blocking(int column, double& ratio) const {
  int best = -1;
  ratio = INFINITY;
  for (std::size_t i = 0; i < basic_walls_.size(); ++i) {
    const double* row = basic(i);
    const double slope = row[column];
    if (!(slope < -zero_entry)) continue;
    const double length = std::fmax(row[0], 0.0) / -slope;
    // Among ties the larger pivot: small ones blow the dictionary up.
    if (length < ratio || (length == ratio && slope < basic(best)[column])) {
      ratio = length;
      best = static_cast<int>(i);
    }
  }
  return best;
}

void Dictionary::eliminate(double* __restrict row, const double* __restrict pivot_row,
                           int column) const {
  const double factor = row[column];
  if (factor == 0.0) return;
  for (int j = 0; j < width_; ++j) row[j] += factor * pivot_row[j];
  row[column] = factor * pivot_row[column];
}

/// Swap the basic constraint with the column's variable.
void Dictionary::pivot(int index, int column, double* objective) {
  double* const row = basic(index);
  const double inverse = 1.0 / row[column];
  // column variable = (basic - rest) / entry
  for (int j = 0; j < width_; ++j) row[j] *= -inverse;
  row[column] = inverse;
  for (int k = 0; k < dim_; ++k) {
    eliminate(x_.data() + static_cast<std::size_t>(k) * width_, row, column);
  }
  for (std::size_t i = 0; i < basic_walls_.size(); ++i) {
    if (static_cast<int>(i) != index) eliminate(basic(i), row, column);
  }
  if (objective != nullptr) eliminate(objective, row, column);
  std::swap(column_walls_[column], basic_walls_[index]);
  eta_ = -1.0;
}

Dictionary::Found Dictionary::find_sign(const double* g, double* out, int& column) {
  transform(g, out);
  double size = 0.0;
  for (int k = 0; k <= dim_; ++k) size = std::fmax(size, std::fabs(g[k]));
  const bool turned = out[0] < 0.0;
  if (turned) {
    for (int j = 0; j < width_; ++j) out[j] = -out[j];
  }
  Found found = Found::unknown;
  for (int pivots = 0; pivots < most_pivots; ++pivots) {
    column = -1;
    for (int j = 1; j <= dim_; ++j) {
      if (!(out[j] < -zero_entry * size)) continue;
      const bool better =
          column < 0 ||
          (pivots < pivots_before_bland ? out[j] < out[column]
                                        : column_walls_[j] < column_walls_[column]);
      if (better) column = j;
    }
    if (column < 0) {
      found = Found::positive;
      break;
    }
    double ratio = INFINITY;
    const int row = blocking(column, ratio);
    if (row < 0 || std::fmax(out[0], 0.0) < ratio * -out[column]) {
      found = Found::cuts;
      break;
    }
    if (std::fabs(basic(row)[column]) < usable_pivot) break;
    pivot(row, column, out);
  }
  if (turned) {
    for (int j = 0; j < width_; ++j) out[j] = -out[j];
    if (found == Found::positive) found = Found::negative;
  }
  return found;
}

void Dictionary::enter(const double* transformed, int column, int wall) {
  basics_.insert(basics_.end(), transformed, transformed + width_);
  basic_walls_.push_back(wall);
  pivot(static_cast<int>(basic_walls_.size()) - 1, column, nullptr);
}

void Dictionary::flip(int column) {
  for (int k = 0; k < dim_; ++k) {
    double& entry = x_[static_cast<std::size_t>(k) * width_ + column];
    entry = -entry;
  }
  for (std::size_t i = 0; i < basic_walls_.size(); ++i) {
    basic(i)[column] = -basic(i)[column];
  }
  eta_ = -1.0;
}

/// eta and c of the current basis.
void Dictionary::check_basis(const std::vector<PathWall>& walls) {
  sizes_.assign(width_, 0.0);
  sizes_[0] = 1.0;
  for (int k = 0; k < dim_; ++k) {
    const double* row = x_.data() + static_cast<std::size_t>(k) * width_;
    for (int j = 0; j < width_; ++j) sizes_[j] += std::fabs(row[j]);
  }
  total_size_ = 0.0;
  for (int j = 0; j <= dim_; ++j) total_size_ += sizes_[j];
  double worst = 0.0, radius = 0.0;
  std::vector<double> product(width_);
  for (int i = 1; i <= dim_; ++i) {
    const PathWall& wall = walls[column_walls_[i]];
    transform(wall.row.data(), product.data());
    product[i] -= wall.wall.orientation;
    for (int j = 0; j <= dim_; ++j) {
      // NaN must not hide in a maximum.
      const double relative = std::fabs(product[j]) / sizes_[j];
      if (!(relative <= worst)) worst = relative;
    }
    radius = std::fmax(radius, wall.radius);
  }
  eta_ = 1.001 * (worst + radius + 4.0 * (dim_ + 4) * unit_roundoff);
}

bool Dictionary::prove_sign(const double* g, double g_radius, int sign,
                            const std::vector<PathWall>& walls) {
  if (eta_ < 0.0) check_basis(walls);
  const double spread = eta_ * total_size_;
  if (!(spread < 0.25)) return false;
  lambda_.resize(width_);
  transform(g, lambda_.data());
  double size = 0.0, norm = 0.0;
  for (int k = 0; k <= dim_; ++k) {
    size = std::fmax(size, std::fabs(g[k]));
    norm += std::fabs(lambda_[k]);
  }
  const double bound = 1.001 * (g_radius + 4.0 * (dim_ + 4) * unit_roundoff * size +
                                norm * eta_ / (1.0 - spread));
  for (int j = 0; j <= dim_; ++j) {
    if (!(sign * lambda_[j] > bound * sizes_[j])) return false;
  }
  return true;
}

bool Dictionary::centre(double* x) const {
  std::vector<double> slacks(width_, 0.0);
  slacks[0] = 1.0;
  for (int j = 1; j <= dim_; ++j) {
    double ratio = INFINITY;
    if (blocking(j, ratio) < 0) {
      // An edge without end: as far as the coordinates' own size.
      double size = 0.0;
      for (int k = 0; k < dim_; ++k) {
        size = std::fmax(size, std::fabs(x_[static_cast<std::size_t>(k) * width_ + j]));
      }
      ratio = size > 0.0 ? 1.0 / size : 1.0;
    }
    slacks[j] = ratio / (dim_ + 1);
    if (!(slacks[j] > 0.0)) return false;
  }
  for (int k = 0; k < dim_; ++k) {
    const double* row = x_.data() + static_cast<std::size_t>(k) * width_;
    double value = 0.0;
    for (int j = 0; j <= dim_; ++j) value += row[j] * slacks[j];
    x[k] = value;
  }
  return true;
}

std::vector<int> Dictionary::basis() const {
  return {column_walls_.begin() + 1, column_walls_.end()};
}

std::vector<int> Dictionary::walls() const {
  std::vector<int> out = basis();
  out.insert(out.end(), basic_walls_.begin(), basic_walls_.end());
  return out;
}

}  // namespace polyregions
