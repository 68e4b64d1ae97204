// SPDX-License-Identifier: MIT
// One cell of any rank as a floating-point linear program: every constraint as an
// affine function of the slacks of d of them, and the claims it can prove.
//
// The dictionary itself is a hint.  What it says of a function is believed only through
// `prove_sign`, and what it says of a point only after a forward pass with error
// bounds.
//
// Proof of a sign (Farkas).  W holds the d nonbasic walls, scaled to max |W_ik| <= 1,
// and (1, 0, .., 0) as rows over homogeneous coordinates; X is the dictionary's
// approximation of its inverse, c_j = sum_k |X_kj| the size of its columns.  With
// E = I - W X and |E_ij| <= eta c_j, a function g = lambda W has
//     lambda = g X (I - E)^-1,
//     |lambda_j - (g X)_j| <= c_j (E_g + gamma |g| + |g X|_1 eta / (1 - eta |c|_1)),
// where E_g is the radius of g's coefficients.  If every lambda_j is certainly
// positive, g is positive on the cell, for the walls are, and so is the 1.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "dictionary_start.hpp"
#include "isa.hpp"
#include "lanes.hpp"

namespace polyregions::POLYREGIONS_ISA {

// These choose a path through the program; proofs do not know them.
constexpr double zero_entry = 1e-10;  // relative: smaller ones do not enter or block
constexpr double usable_pivot = 1e-7;
constexpr int most_pivots = 200;
constexpr int pivots_before_bland = 40;

class Dictionary {
 public:
  explicit Dictionary(int dim = 0)
      : dim_(dim),
        width_((dim + n_lanes) / n_lanes * n_lanes),
        x_(static_cast<std::size_t>(dim) * width_, 0.0),
        column_walls_(dim + 1, -1) {}

  /// The start: coordinates over the slacks, and what else bounds the domain.
  void begin(const DictionaryStart& start) {
    for (int j = 0; j <= dim_; ++j) {
      column_walls_[j] = j == 0 ? -1 : start.columns[j - 1];
      for (int k = 0; k < dim_; ++k) x(k)[j] = start.x[k][j];
    }
    basics_.clear();
    basic_walls_.clear();
    for (const int wall : start.basics) {
      push_row(wall);
      combine(start.walls[wall].row.data(), x_.data(), dim_, width_,
              basic(basic_walls_.size() - 1));
    }
    eta_ = -1.0;
  }

  /// What float pivoting finds of a function.
  enum class Found { positive, negative, cuts, unknown };

  /// Minimise |g|; `out` (width) ends as the function over the final slacks; for
  /// `cuts`, `column` is where it can enter.
  Found find_sign(const double* g, double* out, int& column) {
    combine(g, x_.data(), dim_, width_, out);
    double size = 0.0;
    for (int k = 0; k <= dim_; ++k) size = larger(size, std::fabs(g[k]));
    const bool turned = out[0] < 0.0;
    if (turned) negate(out);
    Found found = Found::unknown;
    for (int pivots = 0; pivots < most_pivots; ++pivots) {
      column = entering(out, zero_entry * size, pivots < pivots_before_bland);
      if (column < 0) {
        found = turned ? Found::negative : Found::positive;
        break;
      }
      double ratio = INFINITY;
      const int row = blocking(column, 1.0, ratio);
      if (row < 0 || larger(out[0], 0.0) < ratio * -out[column]) {
        found = Found::cuts;
        break;
      }
      if (std::fabs(basic(row)[column]) < usable_pivot) break;
      pivot(row, column, out);
    }
    if (turned) negate(out);
    return found;
  }

  /// After `cuts`: the function becomes the slack of `column`, as wall `wall`.
  void enter(const double* transformed, int column, int wall) {
    push_row(wall);
    std::copy(transformed, transformed + width_, basic(basic_walls_.size() - 1));
    pivot(static_cast<int>(basic_walls_.size()) - 1, column, nullptr);
  }

  /// The slack of a column turns round: the cell lies on the other side of it.
  void flip(int column) {
    for (int k = 0; k < dim_; ++k) x(k)[column] = -x(k)[column];
    for (std::size_t i = 0; i < basic_walls_.size(); ++i) {
      basic(i)[column] = -basic(i)[column];
    }
    eta_ = -1.0;
  }

  /// True when the current basis certainly proves sign * g > 0 on the cell; g: (dim +
  /// 1) with radius g_radius; scratch: (2, width).
  bool prove_sign(const double* g, double g_radius, int sign,
                  const std::vector<PathWall>& walls, double* scratch) {
    if (eta_ < 0.0) check_basis(walls, scratch);
    const double spread = eta_ * total_size_;
    if (!(spread < 0.25)) return false;
    combine(g, x_.data(), dim_, width_, scratch);
    double size = 0.0, norm = 0.0;
    for (int k = 0; k <= dim_; ++k) {
      size = larger(size, std::fabs(g[k]));
      norm += std::fabs(scratch[k]);
    }
    const double bound = 1.001 * (g_radius + 4.0 * (dim_ + 4) * unit_roundoff * size +
                                  norm * eta_ / (1.0 - spread));
    for (int j = 0; j <= dim_; ++j) {
      if (!(sign * scratch[j] > bound * sizes_[j])) return false;
    }
    return true;
  }

  /// A point well inside, if the vertex is not degenerate, on the side `side` of the
  /// wall of column `turned` (0: none); x: (dim).
  bool centre(double* out, double* scratch, int turned = 0, double side = 1.0) const {
    std::fill(scratch, scratch + width_, 0.0);
    for (int j = 1; j <= dim_; ++j) {
      const double towards = j == turned ? side : 1.0;
      double ratio = INFINITY;
      if (blocking(j, towards, ratio) < 0) {
        // An edge without end: as far as the coordinates' own size.
        double size = 0.0;
        for (int k = 0; k < dim_; ++k) size = larger(size, std::fabs(x(k)[j]));
        ratio = size > 0.0 ? 1.0 / size : 1.0;
      }
      if (!(ratio > 0.0)) return false;
      scratch[j] = towards * ratio / (dim_ + 1);
    }
    for (int k = 0; k < dim_; ++k) {
      double value = x(k)[0];
      for (int j = 1; j <= dim_; ++j) value += x(k)[j] * scratch[j];
      out[k] = value;
    }
    return true;
  }

  /// Path indices of the nonbasic constraints (from column 1), and of the others.
  int column_wall(int column) const { return column_walls_[column]; }
  const std::vector<int>& basic_walls() const { return basic_walls_; }

  /// Length of a row over the slacks, padded.
  int width() const { return width_; }

 private:
  static double larger(double a, double b) { return a < b ? b : a; }
  double* basic(std::size_t i) { return basics_.data() + i * width_; }
  const double* basic(std::size_t i) const { return basics_.data() + i * width_; }
  double* x(int k) { return x_.data() + static_cast<std::size_t>(k) * width_; }
  const double* x(int k) const {
    return x_.data() + static_cast<std::size_t>(k) * width_;
  }
  void negate(double* row) const {
    for (int j = 0; j < width_; ++j) row[j] = -row[j];
  }

  void push_row(int wall) {
    basics_.resize(basics_.size() + width_);
    basic_walls_.push_back(wall);
  }

  int entering(const double* objective, double least, bool steepest) const {
    int column = -1;
    for (int j = 1; j <= dim_; ++j) {
      if (!(objective[j] < -least)) continue;
      const bool better =
          column < 0 || (steepest ? objective[j] < objective[column]
                                  : column_walls_[j] < column_walls_[column]);
      if (better) column = j;
    }
    return column;
  }

  /// The constraint met first along a column, `towards` its positive or negative side.
  int blocking(int column, double towards, double& ratio) const {
    int best = -1;
    double best_slope = 0.0;
    ratio = INFINITY;
    const double* row = basics_.data();
    const auto n = static_cast<int>(basic_walls_.size());
    for (int i = 0; i < n; ++i, row += width_) {
      const double slope = towards * row[column];
      if (!(slope < -zero_entry)) continue;
      const double length = larger(row[0], 0.0) / -slope;
      // Among ties the larger pivot: small ones blow the dictionary up.
      if (length < ratio || (length == ratio && slope < best_slope)) {
        ratio = length;
        best = i;
        best_slope = slope;
      }
    }
    return best;
  }

  void eliminate(double* row, const double* pivot_row, int column) const {
    const double factor = row[column];
    if (factor == 0.0) return;
    for (int j = 0; j < width_; j += n_lanes) {
      put_lanes(row + j,
                lanes_at(row + j) + broadcast(factor) * lanes_at(pivot_row + j));
    }
    row[column] = factor * pivot_row[column];
  }

  /// Swap the basic constraint with the column's variable.
  void pivot(int index, int column, double* objective) {
    double* const row = basic(index);
    const double inverse = 1.0 / row[column];
    // column variable = (basic - rest) / entry
    for (int j = 0; j < width_; ++j) row[j] *= -inverse;
    row[column] = inverse;
    for (int k = 0; k < dim_; ++k) eliminate(x(k), row, column);
    const auto n = static_cast<int>(basic_walls_.size());
    for (int i = 0; i < n; ++i) {
      if (i != index) eliminate(basic(i), row, column);
    }
    if (objective != nullptr) eliminate(objective, row, column);
    std::swap(column_walls_[column], basic_walls_[index]);
    eta_ = -1.0;
  }

  /// eta and c of the current basis; product: (width).
  void check_basis(const std::vector<PathWall>& walls, double* product) {
    sizes_.assign(width_, 0.0);
    sizes_[0] = 1.0;
    for (int k = 0; k < dim_; ++k) {
      for (int j = 0; j < width_; ++j) sizes_[j] += std::fabs(x(k)[j]);
    }
    total_size_ = 0.0;
    for (int j = 0; j <= dim_; ++j) total_size_ += sizes_[j];
    double worst = 0.0, radius = 0.0;
    for (int i = 1; i <= dim_; ++i) {
      const PathWall& wall = walls[column_walls_[i]];
      combine(wall.row.data(), x_.data(), dim_, width_, product);
      product[i] -= wall.wall.orientation;
      for (int j = 0; j <= dim_; ++j) {
        // NaN must not hide in a maximum.
        const double relative = std::fabs(product[j]) / sizes_[j];
        if (!(relative <= worst)) worst = relative;
      }
      radius = larger(radius, wall.radius);
    }
    eta_ = 1.001 * (worst + radius + 4.0 * (dim_ + 4) * unit_roundoff);
  }

  int dim_ = 0, width_ = 0;        // width_: dim + 1, padded
  std::vector<double> x_;          // (dim, width): coordinates over the slacks
  std::vector<double> basics_;     // (n, width)
  std::vector<int> basic_walls_;   // (n)
  std::vector<int> column_walls_;  // (dim + 1), from 1
  std::vector<double> sizes_;      // c_j, once the basis is checked
  double eta_ = -1.0;              // < 0: not checked yet
  double total_size_ = 0.0;        // |c|_1
};

}  // namespace polyregions::POLYREGIONS_ISA
