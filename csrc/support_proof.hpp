// SPDX-License-Identifier: MIT
// Supports for a certificate that are certain without exact integers.
//
//  (support)  n walls w_j, B their coefficients in the n coordinates that they depend
//             on, X nearly the inverse of B, E = I - B X.  If every column of |E| sums
//             up to at most eps < 1, then B X has an inverse, and B.  So multipliers
//             with g = c + sum_j lambda_j w_j are unique.  Proposed ones l leave
//             r = g - l_0 - sum_j l_j w_j, and from
//                 (lambda - l) B = r  follows  (lambda - l) (I - E) = r X,
//             so by the series of (I - E)^-1
//                 |lambda_j - l_j| <= b_j + max_i b_i eps / (1 - eps),   b = |r| |X|,
//             and |c - l_0| <= |r_0| + sum_j |lambda_j - l_j|.  B and r are known
//             within the radii of walls and function, and what their sums round off.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "farkas.hpp"
#include "inverse.hpp"
#include "isa.hpp"
#include "lanes.hpp"

namespace polyregions::POLYREGIONS_ISA {

class SupportProof {
 public:
  /// Walls that depend on some of `dim` coordinates.
  void begin(int dim) {
    dim_ = dim;
    width_ = padded_width(dim);
    inverse_.resize(static_cast<std::size_t>(dim + 1) * width_);
    for (std::vector<double>* v : {&rest_, &sums_, &sizes_, &off_}) v->resize(width_);
  }

  /// Coordinate k, from 1, over the walls' slacks, from 1: (width), to be filled.
  double* inverse(int k) {
    return inverse_.data() + static_cast<std::size_t>(k) * width_;
  }

  /// The same from the walls; false when there are not as many as coordinates.
  bool invert(const Combination& c, const std::vector<int>& coordinates) {
    const std::size_t n = c.terms.size();
    if (n != coordinates.size()) return false;
    matrix_.resize(n * n);
    for (std::size_t i = 0; i < n; ++i) {
      const Term& term = c.terms[i];
      for (std::size_t k = 0; k < n; ++k) {
        matrix_[i * n + k] = term.side * term.row[coordinates[k]];
      }
    }
    if (!POLYREGIONS_ISA::invert(matrix_, static_cast<int>(n))) return false;
    std::fill(inverse_.begin(), inverse_.end(), 0.0);
    for (std::size_t k = 0; k < n; ++k) {
      std::copy_n(&matrix_[k * n], n, inverse(coordinates[k]) + 1);
    }
    return true;
  }

  /// What sign * g seems to take of the walls, once the inverse is known.
  void propose(const double* g, double sign, Combination& c) {
    c.lambda = sign * g[0];
    for (std::size_t j = 0; j < c.terms.size(); ++j) {
      Term& term = c.terms[j];
      term.lambda = 0.0;
      for (int k = 1; k <= dim_; ++k) term.lambda += sign * g[k] * inverse(k)[j + 1];
      c.lambda -= term.lambda * term.side * term.row[0];
    }
  }

  /// Whether the walls are independent for certain.
  bool is_independent(const Combination& c) {
    measure(c);
    const auto n = static_cast<int>(c.terms.size());
    double off = 0.0;
    for (const Term& term : c.terms) off += term.radius + (dim_ + 4) * unit_roundoff;
    eps_ = 0.0;
    for (int j = 1; j <= n; ++j) {
      const double eps = 1.001 * (sums_[j] + off * (1.0 + sizes_[j]));
      if (!(eps < 0.5)) return false;
      eps_ = std::fmax(eps_, eps);
    }
    return true;
  }

  /// After `is_independent`: whether sign * g is certainly a sum of the walls with
  /// positive multipliers and a positive constant, or none where nothing has constants.
  bool holds(const double* g, double radius, double sign, const Combination& c,
             bool has_constants) {
    Rest rest(dim_, rest_.data());
    rest.begin(g, sign, radius);
    rest.take(c.lambda);
    rest.take(c.terms, [](const Term& term) { return term.lambda; });
    const double error = rest.error();
    for (int j = 0; j < width_; j += n_lanes) {
      Lanes off = broadcast(0.0);
      for (int k = 1; k <= dim_; ++k) {
        const Lanes size = broadcast(std::fabs(rest_[k]) + error);
        off += size * magnitude(lanes_at(inverse(k) + j));
      }
      put_lanes(&off_[j], off);
    }
    double most = 0.0, total = std::fabs(rest_[0]) + error;
    for (const double off : off_) most = std::fmax(most, off);
    for (std::size_t j = 0; j < c.terms.size(); ++j) {
      const double off = 1.001 * (off_[j + 1] + most * eps_ / (1.0 - eps_)) + 0x1p-1000;
      if (!(c.terms[j].lambda > off)) return false;
      total += off * (1.0 + c.terms[j].radius);
    }
    return !has_constants || c.lambda > 1.001 * total;
  }

 private:
  /// sums_: of the columns of |I - B X|; sizes_: of those of |X|.
  void measure(const Combination& c) {
    for (int j = 0; j < width_; j += n_lanes) {
      Lanes sums = broadcast(0.0), sizes = sums;
      for (int k = 1; k <= dim_; ++k) sizes += magnitude(lanes_at(inverse(k) + j));
      for (std::size_t i = 0; i < c.terms.size(); ++i) {
        const Term& term = c.terms[i];
        Lanes row = broadcast(0.0);
        const int lane = static_cast<int>(i) + 1 - j;
        if (lane >= 0 && lane < n_lanes) row[lane] = term.side;
        for (int k = 1; k <= dim_; ++k) {
          row -= broadcast(term.row[k]) * lanes_at(inverse(k) + j);
        }
        sums += magnitude(row);
      }
      put_lanes(&sums_[j], sums);
      put_lanes(&sizes_[j], sizes);
    }
  }

  int dim_ = 0, width_ = 0;
  double eps_ = 0.0;
  std::vector<double> inverse_;  // (dim + 1, width)
  std::vector<double> matrix_;
  std::vector<double> rest_, sums_, sizes_, off_;  // (width)
};

}  // namespace polyregions::POLYREGIONS_ISA
