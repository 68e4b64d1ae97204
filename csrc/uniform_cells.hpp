// SPDX-License-Identifier: MIT
// Random cells of an arrangement of hyperplanes in general position, in all of R^d or
// in a box: each of its cells has the same probability.
//
// Both ways name a cell by its lowest vertex, of which exactly one cell is the one
// above it; so there are as many candidates as there may be vertices, and a candidate
// whose vertex is not there is no cell.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "inverse.hpp"
#include "isa.hpp"
#include "random_stream.hpp"

namespace polyregions::POLYREGIONS_ISA {

inline double log_binomial(int n, int k) {
  return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0);
}

class UniformCells {
 public:
  enum class Draw { cell, none, failed };
  struct Sides {
    double lo, hi;
  };

  /// rows (n, dim + 1) hold the constant first; box: a pair a coordinate, or nothing.
  UniformCells(int dim, std::vector<double> rows, std::vector<Sides> box,
               RandomStream& random)
      : dim_(dim), rows_(std::move(rows)), box_(std::move(box)), random_(random) {
    n_ = static_cast<int>(rows_.size()) / (dim + 1);
    items_.resize(box_.empty() ? n_ : n_ + dim_);
    std::iota(items_.begin(), items_.end(), 0);
    for (int j = 0; box_.empty() && j <= std::min(n_, dim_); ++j) {
      log_binomials_.push_back(log_binomial(n_, j));
    }
    choose_flag();
  }

  /// Whether each hyperplane is positive on a random cell; `log_candidates` as
  /// `log_number_of_candidates` has it.
  Draw draw(double log_candidates, std::vector<std::uint8_t>& signs) {
    signs.assign(n_, 0);
    return box_.empty() ? draw_in_space(log_candidates, signs) : draw_in_box(signs);
  }

 private:
  /// F_0 < F_1 < .. < F_d = R^d is a generic flag of affine subspaces, F_{j-1} the
  /// zeros of f_j in F_j.  A cell that meets F_j and not F_{j-1} has in F_j one vertex
  /// where |f_j| is least, and every vertex in F_j is that of just one such cell; so
  /// the cells are the subsets J of at most d hyperplanes, and there are sum_{j <= d}
  /// C(n, j).
  Draw draw_in_space(double log_candidates, std::vector<std::uint8_t>& signs) {
    const int size = draw_size(log_candidates);
    shuffle(size);
    // matrix (j, j): row i is hyperplane i along the flag's first j directions.
    matrix_.resize(static_cast<std::size_t>(size) * size);
    for (int i = 0; i < size; ++i) {
      for (int k = 0; k < size; ++k) matrix_[i * size + k] = along(items_[i], k);
    }
    if (!invert(matrix_, size)) return Draw::failed;
    // The vertex: matrix y = -value at the origin.
    point_ = origin_;
    double height = 0.0;
    for (int k = 0; k < size; ++k) {
      double y = 0.0;
      for (int i = 0; i < size; ++i) {
        y -= matrix_[k * size + i] * value(items_[i], origin_);
      }
      if (k == size - 1) height = y;
      for (int c = 0; c < dim_; ++c) point_[c] += y * flag_[k * dim_ + c];
    }
    for (int i = size; i < n_; ++i) signs[items_[i]] = value(items_[i], point_) > 0.0;
    for (int i = 0; i < size; ++i) {
      // f_j = sum_i lambda_i (row i): up from the vertex where lambda and height agree.
      const double lambda = matrix_[(size - 1) * size + i];
      signs[items_[i]] = (lambda > 0.0) == (height > 0.0);
    }
    return Draw::cell;
  }

  /// A cell in the box has one vertex where a generic linear form f is least, on d of
  /// the hyperplanes and of the box's sides, of one side a coordinate at most.  Along
  /// the edge that leaves a side f must rise inwards: of each pair of sides that is
  /// one, whichever the others are.  So the candidates are the d-subsets of the n
  /// hyperplanes and d coordinates; those with their vertex in the box are the cells.
  Draw draw_in_box(std::vector<std::uint8_t>& signs) {
    const int size = choose_cut();
    if (!invert(matrix_, size)) return Draw::failed;
    // f = sum_i rise_i (hyperplane i) + sum_{c fixed} (its own) y_c on these d.
    rise_.assign(size, 0.0);
    for (int i = 0; i < size; ++i) {
      for (int k = 0; k < size; ++k) rise_[i] += form(free_[k]) * matrix_[k * size + i];
    }
    point_.assign(dim_, 0.0);
    for (const int c : fixed_) {
      double own = form(c);
      for (int i = 0; i < size; ++i) own -= rise_[i] * coefficient(cut_[i], c + 1);
      point_[c] = own > 0.0 ? box_[c].lo : box_[c].hi;
    }
    rest_.resize(size);  // with free coordinates 0
    for (int i = 0; i < size; ++i) rest_[i] = value(cut_[i], point_);
    for (int k = 0; k < size; ++k) {
      double y = 0.0;
      for (int i = 0; i < size; ++i) y -= matrix_[k * size + i] * rest_[i];
      const Sides& sides = box_[free_[k]];
      if (!(sides.lo < y && y < sides.hi)) return Draw::none;
      point_[free_[k]] = y;
    }
    for (int i = 0; i < n_; ++i) signs[i] = value(i, point_) > 0.0;
    for (int i = 0; i < size; ++i) signs[cut_[i]] = rise_[i] > 0.0;
    return Draw::cell;
  }

  /// Random hyperplanes that are cut in a vertex, as many as there are coordinates
  /// free then; matrix_ is theirs.
  int choose_cut() {
    shuffle(dim_);
    free_.clear();
    fixed_.clear();
    cut_.clear();
    for (int i = 0; i < dim_; ++i) {
      (items_[i] < n_ ? cut_ : fixed_)
          .push_back(items_[i] < n_ ? items_[i] : items_[i] - n_);
    }
    for (int c = 0; c < dim_; ++c) {
      if (std::find(fixed_.begin(), fixed_.end(), c) == fixed_.end())
        free_.push_back(c);
    }
    const auto size = static_cast<int>(cut_.size());
    matrix_.resize(static_cast<std::size_t>(size) * size);
    for (int i = 0; i < size; ++i) {
      for (int k = 0; k < size; ++k) {
        matrix_[i * size + k] = coefficient(cut_[i], free_[k] + 1);
      }
    }
    return size;
  }

  /// The first `size` items are a random subset.
  void shuffle(int size) {
    const auto n = static_cast<int>(items_.size());
    for (int k = 0; k < size; ++k) {
      std::swap(items_[k], items_[k + static_cast<int>(random_.below(n - k))]);
    }
  }

  /// j with probability C(n, j) / sum_{i <= d} C(n, i).
  int draw_size(double log_candidates) {
    const double u = random_.uniform();
    double total = 0.0;
    for (auto j = static_cast<int>(log_binomials_.size()) - 1; j > 0; --j) {
      total += std::exp(log_binomials_[j] - log_candidates);
      if (u < total) return j;
    }
    return 0;
  }

  /// A random origin and orthonormal directions; the first is the linear form, too.
  void choose_flag() {
    origin_.resize(dim_);
    for (double& v : origin_) v = random_.normal();
    flag_.resize(static_cast<std::size_t>(dim_) * dim_);
    for (int k = 0; k < dim_; ++k) {
      double* const own = flag_.data() + k * dim_;
      for (int c = 0; c < dim_; ++c) own[c] = random_.normal();
      for (int before = 0; before < k; ++before) {
        const double* const other = flag_.data() + before * dim_;
        const double part = std::inner_product(own, own + dim_, other, 0.0);
        for (int c = 0; c < dim_; ++c) own[c] -= part * other[c];
      }
      const double norm = std::sqrt(std::inner_product(own, own + dim_, own, 0.0));
      for (int c = 0; c < dim_; ++c) own[c] /= norm;
    }
  }

  double form(int c) const { return flag_[c]; }
  double coefficient(int hyperplane, int k) const {
    return rows_[static_cast<std::size_t>(hyperplane) * (dim_ + 1) + k];
  }
  double value(int hyperplane, const std::vector<double>& point) const {
    double out = coefficient(hyperplane, 0);
    for (int c = 0; c < dim_; ++c) out += coefficient(hyperplane, c + 1) * point[c];
    return out;
  }
  double along(int hyperplane, int direction) const {
    const double* const own = flag_.data() + direction * dim_;
    double out = 0.0;
    for (int c = 0; c < dim_; ++c) out += coefficient(hyperplane, c + 1) * own[c];
    return out;
  }

  int dim_, n_ = 0;
  std::vector<double> rows_;  // (n, dim + 1)
  std::vector<Sides> box_;
  RandomStream& random_;
  std::vector<double> origin_, flag_;  // (dim), (dim, dim): directions by rows
  std::vector<double> log_binomials_;
  std::vector<int> items_, cut_, fixed_, free_;
  std::vector<double> matrix_, point_, rise_, rest_;
};

}  // namespace polyregions::POLYREGIONS_ISA
