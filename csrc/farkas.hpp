// SPDX-License-Identifier: MIT
// Proofs that a function is positive on a cell, from multipliers that floating point
// proposes (Farkas 1902).
//
// The walls w_j are positive on the cell, g = lambda_0 + sum_j lambda_j w_j roughly.
// What is left,
//     r = g - lambda_0 - sum_j lambda_j w_j,   |r_k| <= rho for every coefficient,
// rho being the largest of the computed |r_k|, plus the radius of g, plus lambda_j
// times the radius of each wall, plus (dim + 4) u times the size of what is summed up,
// must be outweighed:
//  (reach)  Where |t_k| <= R_k, R_0 = 1:  lambda_j >= 0 and lambda_0 > rho sum_k R_k.
//  (cone)   The cell lies where all side_k t_k are nonnegative.  Let
//               v = 1 + sum_k side_k t_k = nu_0 + sum_j nu_j w_j + r',  |r'_k| <= 1/4.
//           With delta = 2 rho and lambda' = lambda - delta nu >= 0,
//               g = lambda'_0 + sum_j lambda'_j w_j + (r + delta (v - r')),
//           and the coefficients of what is in brackets have the signs of v's, being at
//           least 2 rho (1 - 1/4) - rho.
// Both show that g is above a positive number on the whole cell.  Where functions have
// no constants at all (central networks) v has none either, and what (cone) shows is
// that g is positive on the open orthant's part of the cell.
#pragma once

#include <cmath>
#include <vector>

#include "float_network.hpp"
#include "isa.hpp"
#include "lanes.hpp"

namespace polyregions::POLYREGIONS_ISA {

/// A function of dim coordinates: (dim + 1), and zeros up to the width.
inline int padded_width(int dim) { return (dim + 8) / 8 * 8; }

/// A wall, and what it takes of it.
struct Term {
  const double* row;    // (width), entries of at most 1
  double radius, side;  // the cell lies where side * row > 0
  double lambda, nu;
};

/// The multipliers of 1, and those of the walls.
struct Combination {
  double lambda = 0.0, nu = 0.0;
  std::vector<Term> terms;
};

/// What is left of a function when multiples of walls are taken away.
class Rest {
 public:
  /// rest: (width of dim)
  Rest(int dim, double* rest) : dim_(dim), width_(padded_width(dim)), rest_(rest) {}

  /// sign * g, within a radius.
  void begin(const double* g, double sign, double radius) {
    error_ = radius;
    total_ = 0.0;
    for (int k = 0; k < width_; ++k) {
      rest_[k] = k <= dim_ ? sign * g[k] : 0.0;
      total_ = std::fabs(rest_[k]) > total_ ? std::fabs(rest_[k]) : total_;
    }
  }

  void take(double constant) {
    rest_[0] -= constant;
    total_ += std::fabs(constant);
  }

  /// A multiple of each wall.
  template <class Multiplier>
  void take(const std::vector<Term>& terms, Multiplier&& multiplier) {
    for (int k = 0; k < width_; k += n_lanes) {
      Lanes rest = lanes_at(rest_ + k);
      for (const Term& term : terms) {
        rest += broadcast(-multiplier(term) * term.side) * lanes_at(term.row + k);
      }
      put_lanes(rest_ + k, rest);
    }
    for (const Term& term : terms) {
      const double size = std::fabs(multiplier(term));
      error_ += size * term.radius;
      total_ += size;
    }
  }

  /// What each coefficient of the rest is off.
  double error() const { return error_ + 2.0 * (dim_ + 4) * unit_roundoff * total_; }

  /// rho; infinite where something is not a number.
  double bound() const {
    double most = 0.0, sum = 0.0;
    for (int k = 0; k <= dim_; ++k) {
      most = std::fabs(rest_[k]) > most ? std::fabs(rest_[k]) : most;
      sum += rest_[k];
    }
    return sum - sum == 0.0 ? 1.001 * (most + error()) : INFINITY;
  }

  /// A bound of what is left where coordinates reach that far.
  double bound(const std::vector<double>& reach) const {
    double total = 0.0;
    for (int k = 0; k <= dim_; ++k) total += reach[k] * (std::fabs(rest_[k]) + error());
    return 1.001 * total;
  }

 private:
  const int dim_, width_;
  double* const rest_;
  double error_ = 0.0, total_ = 0.0;
};

inline double positive_lambda(const Term& term) {
  return term.lambda > 0.0 ? term.lambda : 0.0;
}

/// True when (reach) proves sign * g > 0; scratch: (width).
inline bool proved_by_reach(int dim, const double* g, double radius, double sign,
                            const Combination& c, const std::vector<double>& reach,
                            double* scratch) {
  Rest rest(dim, scratch);
  rest.begin(g, sign, radius);
  rest.take(c.lambda);
  rest.take(c.terms, positive_lambda);
  return c.lambda > rest.bound(reach);
}

/// True when (cone) proves sign * g > 0; sides: (dim + 1), those of v, with 0 for what
/// no function depends on; scratch: (width).
inline bool proved_by_cone(int dim, const double* g, double radius, double sign,
                           const Combination& c, const double* sides, double* scratch) {
  Rest rest(dim, scratch);
  rest.begin(sides, 1.0, 0.0);
  rest.take(c.nu);
  rest.take(c.terms, [](const Term& term) { return term.nu; });
  if (!(rest.bound() < 0.25)) return false;
  rest.begin(g, sign, radius);
  rest.take(c.lambda);
  rest.take(c.terms, positive_lambda);
  const double delta = 2.001 * rest.bound();
  const auto outweighs = [delta](double lambda, double nu) {
    return lambda - delta * nu > 1e-3 * delta * std::fabs(nu);
  };
  if (sides[0] != 0.0 && !outweighs(c.lambda, c.nu)) return false;
  for (const Term& term : c.terms) {
    if (!outweighs(term.lambda, term.nu)) return false;
  }
  return true;
}

}  // namespace polyregions::POLYREGIONS_ISA
