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
//
// On a bounded domain, |x_k| <= R_k and R_0 = 1, no inverse is needed: for any lambda
// with lambda_j >= 0 the rest r = g - sum_j lambda_j w_j - lambda_0 has |r . x| <=
// sum_k |r_k| R_k, so lambda_0 > that proves g > 0.  Radii of g and of the walls, and
// (dim + 4) u times the size of what is summed, are added to |r_k|.
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
        width_((dim + 8) / 8 * 8),
        x_(static_cast<std::size_t>(dim) * width_, 0.0),
        column_walls_(dim + 1, -1) {}

  /// The start: coordinates over the slacks, and what else bounds the domain.
  void begin(const DictionaryStart& start) {
    for (int j = 0; j <= dim_; ++j) {
      column_walls_[j] = j == 0 ? -1 : start.columns[j - 1];
      for (int k = 0; k < dim_; ++k) x(k)[j] = start.x[k][j];
    }
    basic_walls_.clear();
    basics_.clear();
    stride_ = 0;
    std::vector<double> row(width_);
    for (const int wall : start.basics) {
      combine(start.walls[wall].row.data(), x_.data(), dim_, width_, row.data());
      push_row(row.data(), wall);
    }
    eta_ = -1.0;
    generic = true;
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
      const int row = blocking(column, ratio);
      if (row < 0 || larger(out[0], 0.0) < ratio * -out[column]) {
        found = Found::cuts;
        break;
      }
      if (std::fabs(basic(column)[row]) < usable_pivot) break;
      pivot(row, column, out);
    }
    if (turned) negate(out);
    return found;
  }

  /// After `cuts`: the function becomes the slack of `column`, as wall `wall`.
  void enter(const double* transformed, int column, int wall) {
    push_row(transformed, wall);
    pivot(static_cast<int>(basic_walls_.size()) - 1, column, nullptr);
  }

  /// The slack of a column turns round: the cell lies on the other side of it.
  void flip(int column) {
    for (int k = 0; k < dim_; ++k) x(k)[column] = -x(k)[column];
    double* const entries = basic(column);
    for (int i = 0; i < stride_; ++i) entries[i] = -entries[i];
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

  /// The same on a domain within |x_k| <= reach[k] (reach[0] = 1), `multipliers` being
  /// g over the slacks; scratch: (width).
  bool prove_sign_within(const double* g, double g_radius, int sign,
                         const double* multipliers, const std::vector<double>& reach,
                         const std::vector<PathWall>& walls, double* scratch) const {
    const double least = sign * multipliers[0];
    for (int k = 0; k < width_; ++k) scratch[k] = k <= dim_ ? sign * g[k] : 0.0;
    scratch[0] -= least;
    double radius = g_radius, total = std::fabs(least), size = 0.0;
    for (int k = 0; k <= dim_; ++k) size = larger(size, std::fabs(g[k]));
    for (int j = 1; j <= dim_; ++j) {
      const double multiplier = sign * multipliers[j];
      if (!(multiplier > 0.0)) continue;
      const PathWall& wall = walls[column_walls_[j]];
      const Lanes factor = broadcast(-multiplier * wall.wall.orientation);
      for (int k = 0; k < width_; k += n_lanes) {
        put_lanes(scratch + k,
                  lanes_at(scratch + k) + factor * lanes_at(wall.row.data() + k));
      }
      radius += multiplier * wall.radius;
      total += multiplier;
    }
    radius += 2.0 * (dim_ + 4) * unit_roundoff * (size + total);
    double rest = 0.0;
    for (int k = 0; k <= dim_; ++k) rest += reach[k] * (std::fabs(scratch[k]) + radius);
    return least > 1.001 * rest;
  }

  /// Make the constraint nonbasic where its slack is 0: its column; 0 when its slack
  /// seems to be positive everywhere, and -1 when the dictionary loses its way.
  int bring_in(int wall, double* objective) {
    for (int j = 1; j <= dim_; ++j) {
      if (column_walls_[j] == wall) return j;
    }
    const auto found = std::find(basic_walls_.begin(), basic_walls_.end(), wall);
    const auto own = static_cast<int>(found - basic_walls_.begin());
    for (int j = 0; j < width_; ++j) objective[j] = j <= dim_ ? basic(j)[own] : 0.0;
    for (int pivots = 0; pivots < most_pivots; ++pivots) {
      const int column = entering(objective, zero_entry, pivots < pivots_before_bland);
      if (column < 0) return 0;
      double ratio = INFINITY;
      const int row = blocking(column, ratio);
      if (row < 0 || std::fabs(basic(column)[row]) < usable_pivot) return -1;
      pivot(row, column, objective);
      if (row == own) return column;
    }
    return -1;
  }

  bool generic = true;  // no decision on the way was left to exact integers

  /// A point well inside, if the vertex is not degenerate; x: (dim), scratch: (width).
  /// With `turned` > 0 it lies on the side `side` of the wall of that column, or on the
  /// wall for 0.
  bool centre(double* out, double* scratch, int turned = 0, double side = 1.0) const {
    for (int i = 0; i < stride_; i += n_lanes) {
      // A row of zero slack has no inside next to it, but for rows of padding.
      const Lanes slack = lanes_at(basic(0) + i);
      put_lanes(&speed_[i], broadcast(1.0) / slack);
    }
    std::fill(scratch, scratch + width_, 0.0);
    for (int j = 1; j <= dim_; ++j) {
      const double towards = j == turned ? side : 1.0;
      if (towards == 0.0) continue;
      Lanes steepest = broadcast(0.0);
      for (int i = 0; i < stride_; i += n_lanes) {
        const Lanes slope = lanes_at(basic(j) + i) * broadcast(-towards);
        const Lanes speed = slope * lanes_at(&speed_[i]);
        const Lanes counted = slope > broadcast(zero_entry) ? speed : broadcast(0.0);
        steepest = counted > steepest ? counted : steepest;
      }
      double length = 1.0 / largest(steepest);
      if (length == INFINITY) {
        // An edge without end: as far as the coordinates' own size.
        double size = 0.0;
        for (int k = 0; k < dim_; ++k) size = larger(size, std::fabs(x(k)[j]));
        length = size > 0.0 ? 1.0 / size : 1.0;
      }
      if (!(length > 0.0)) return false;
      scratch[j] = towards * length / (dim_ + 1);
    }
    for (int k = 0; k < dim_; ++k) {
      // In one order for every instruction set.
      double sums[8] = {};
      for (int j = 0; j < width_; j += 8) {
        for (int i = 0; i < 8; ++i) sums[i] += x(k)[j + i] * scratch[j + i];
      }
      double value = x(k)[0];
      for (const double sum : sums) value += sum;
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

  /// Entries of all basic constraints in a column: (stride).
  double* basic(int column) {
    return basics_.data() + static_cast<std::size_t>(column) * stride_;
  }
  const double* basic(int column) const {
    return basics_.data() + static_cast<std::size_t>(column) * stride_;
  }
  double* x(int k) { return x_.data() + static_cast<std::size_t>(k) * width_; }
  const double* x(int k) const {
    return x_.data() + static_cast<std::size_t>(k) * width_;
  }
  void negate(double* row) const {
    for (int j = 0; j < width_; ++j) row[j] = -row[j];
  }

  void push_row(const double* row, int wall) {
    const auto n = static_cast<int>(basic_walls_.size());
    if (n == stride_) grow();
    for (int j = 0; j <= dim_; ++j) basic(j)[n] = row[j];
    basic_walls_.push_back(wall);
  }

  /// Room for eight more constraints in every column; padding is zero.
  void grow() {
    const int wider = stride_ + 8;
    std::vector<double> next(static_cast<std::size_t>(dim_ + 1) * wider, 0.0);
    for (int j = 0; j <= dim_; ++j) {
      std::copy_n(basic(j), stride_, next.data() + static_cast<std::size_t>(j) * wider);
    }
    basics_ = std::move(next);
    stride_ = wider;
    speed_.resize(stride_);
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

  /// The constraint met first along a column, and how far away it is; among ties the
  /// one of largest pivot, for small ones blow the dictionary up.
  int blocking(int column, double& ratio) const {
    const double *entries = basic(column), *slacks = basic(0);
    Lanes fastest = broadcast(0.0);
    for (int i = 0; i < stride_; i += n_lanes) {
      const Lanes speed = speeds(entries + i, slacks + i);
      put_lanes(&speed_[i], speed);
      fastest = speed > fastest ? speed : fastest;
    }
    const double most = largest(fastest);
    ratio = 1.0 / most;
    if (!(most > 0.0)) return -1;
    int best = -1;
    for (int i = 0; i < stride_; i += n_lanes) {
      const Lanes speed = lanes_at(&speed_[i]);
      std::uint64_t hits = any(marked(speed == broadcast(most), 0));
      for (; hits != 0; hits &= hits - 1) {
        const int row = i + __builtin_ctzll(hits);
        if (best < 0 || entries[row] < entries[best]) best = row;
      }
    }
    return best;
  }

  /// How fast slacks run out along a column: entry / slack, 0 for those that do not.
  static Lanes speeds(const double* entries, const double* slacks) {
    const Lanes slope = -lanes_at(entries);
    const Lanes slack = lanes_at(slacks);
    const Lanes room = slack > broadcast(0.0) ? slack : broadcast(0.0);
    return slope > broadcast(zero_entry) ? slope / room : broadcast(0.0);
  }

  /// Swap the basic constraint with the column's variable.
  void pivot(int index, int column, double* objective) {
    double* const entries = basic(column);
    const double inverse = 1.0 / entries[index];
    pivot_row_.resize(width_);
    double* const row = pivot_row_.data();
    // column variable = (basic - rest) / entry
    for (int j = 0; j <= dim_; ++j) row[j] = basic(j)[index] * -inverse;
    for (int j = dim_ + 1; j < width_; ++j) row[j] = 0.0;
    for (int j = 0; j <= dim_; ++j) {
      if (j == column || row[j] == 0.0) continue;
      double* const other = basic(j);
      const Lanes factor = broadcast(row[j]);
      for (int i = 0; i < stride_; i += n_lanes) {
        put_lanes(other + i, lanes_at(other + i) + factor * lanes_at(entries + i));
      }
      other[index] = row[j];
    }
    for (int i = 0; i < stride_; ++i) entries[i] *= inverse;
    entries[index] = inverse;
    row[column] = inverse;
    for (int k = 0; k < dim_; ++k) eliminate(x(k), row, column);
    if (objective != nullptr) eliminate(objective, row, column);
    std::swap(column_walls_[column], basic_walls_[index]);
    eta_ = -1.0;
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

  /// eta and c of the current basis; product: (width).
  void check_basis(const std::vector<PathWall>& walls, double* product) {
    sizes_.resize(width_);
    weights_.resize(width_);
    for (int j = 0; j < width_; j += n_lanes) {
      Lanes size = broadcast(0.0);
      if (j == 0) size[0] = 1.0;
      for (int k = 0; k < dim_; ++k) size += magnitude(lanes_at(x(k) + j));
      put_lanes(&sizes_[j], size);
    }
    total_size_ = 0.0;
    for (int j = 0; j <= dim_; ++j) total_size_ += sizes_[j];
    for (int j = 0; j < width_; ++j) weights_[j] = j <= dim_ ? 1.0 / sizes_[j] : 0.0;
    Lanes worst = broadcast(0.0), sum = broadcast(0.0);
    double radius = 0.0;
    for (int i = 1; i <= dim_; ++i) {
      const PathWall& wall = walls[column_walls_[i]];
      combine(wall.row.data(), x_.data(), dim_, width_, product);
      product[i] -= wall.wall.orientation;
      for (int j = 0; j < width_; j += n_lanes) {
        const Lanes relative =
            magnitude(lanes_at(product + j)) * lanes_at(&weights_[j]);
        worst = relative > worst ? relative : worst;
        sum += relative;  // a NaN hides in a maximum, but not in a sum
      }
      radius = larger(radius, wall.radius);
    }
    double checked = 0.0;
    for (int i = 0; i < n_lanes; ++i) checked += sum[i];
    const double relative = checked < INFINITY ? largest(worst) : INFINITY;
    eta_ = 1.001 * (relative + radius + 4.0 * (dim_ + 4) * unit_roundoff);
  }

  int dim_ = 0, width_ = 0;        // width_: dim + 1, padded
  int stride_ = 0;                 // constraints, padded
  std::vector<double> x_;          // (dim, width): coordinates over the slacks
  std::vector<double> basics_;     // (dim + 1, stride): constraints, by column
  std::vector<int> basic_walls_;   // (n)
  std::vector<int> column_walls_;  // (dim + 1), from 1
  std::vector<double> sizes_;      // c_j, once the basis is checked
  double eta_ = -1.0;              // < 0: not checked yet
  double total_size_ = 0.0;        // |c|_1
  std::vector<double> pivot_row_, weights_;
  mutable std::vector<double> speed_;  // scratch: of each constraint along an edge
};

}  // namespace polyregions::POLYREGIONS_ISA
