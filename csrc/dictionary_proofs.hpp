// SPDX-License-Identifier: MIT
// What the dictionary engine can say for a certificate without exact integers: walls
// that support a function, and points with few bits.
//
//  (inside)  A point y of the search's exact coordinates is taken to t = A y;
//            |fl(A y) - A y| <= delta, coordinatewise.  Walls have entries of at most
//            1, so (inside) of path_walls.hpp holds with sum_k delta_k more.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "bottleneck.hpp"
#include "dictionary.hpp"
#include "dictionary_start.hpp"
#include "farkas.hpp"
#include "isa.hpp"
#include "path_state.hpp"
#include "path_walls.hpp"
#include "support_proof.hpp"

namespace polyregions::POLYREGIONS_ISA {

class DictionaryProofs {
 public:
  DictionaryProofs(const DictionaryStart& start, const PathWalls& walls)
      : start_(start),
        walls_(walls),
        dim_(static_cast<int>(start.columns.size())),
        width_(padded_width(dim_)),
        forward_(static_cast<std::size_t>(dim_ + 1) * width_, 0.0),
        t_(width_),
        at_(dim_) {
    for (int j = 0; j < dim_; ++j) {
      slack_radii_ += start.slack_radii[j];
      for (int k = 0; k <= dim_; ++k) {
        forward_[k * width_ + j] = start.slack_values[j][k];
      }
    }
  }

  /// A function g on whose sign the cell lies, and what it seems to take of the
  /// columns.
  struct Signed {
    const double* g;
    double radius;
    int sign;
    const double* multipliers;
  };

  /// Note the walls that a function on the cell is made of: that of the break `wall`.
  void remember(const Dictionary& dictionary, BottleneckChain& chain, const Wall& wall,
                const Digits& digits, const Signed& f) {
    Told told{wall.unit, wall.index, static_cast<int>(names_.size()), 0,
              Shows::certainly};
    if (!supports(dictionary, chain, wall, digits, f)) {
      told.shows = Shows::probably;
      likely_columns(dictionary, f.multipliers);
    }
    for (const int column : columns_) {
      names_.push_back(walls_[dictionary.column_wall(column)].name);
      ++told.n;
      if (names_.back() < 0) told.shows = Shows::unknown;
    }
    told_.push_back(told);
  }
  void forget() {
    told_.clear();
    names_.clear();
  }

  /// Rows that show on which side of a break asked about last the cell lies.
  Shows support(const Wall& wall, std::vector<int>& names) const {
    for (const Told& told : told_) {
      if (told.unit != wall.unit || told.index != wall.index) continue;
      const auto first = names_.begin() + told.first;
      names.assign(first, first + told.n);
      return {told.shows, -1};
    }
    return {};
  }

  /// What was noted last, if it is certain.
  void take_support(std::vector<int>& names) {
    const Told told = told_.back();
    told_.pop_back();
    const auto first = names_.begin() + told.first;
    if (told.shows == Shows::certainly) names.assign(first, first + told.n);
  }

  /// A point inside with few bits near one that is; in doubt none.  Both in the
  /// search's exact coordinates; `t`: the latter over the start's, roughly, or null.
  void dyadic(const std::vector<double>& inside, const double* t, Trace::Dyadic& out) {
    out.numerators.clear();
    const double slack = t != nullptr ? walls_.slack(t, 0.0) : slack_at(inside);
    if (!(slack > 0x1p-40) || !(slack < 0x1p40)) return;
    out.exponent = -1 - std::ilogb(slack);
    for (int tries = 0; tries < 6; ++out.exponent, ++tries) {
      const int e = static_cast<int>(out.exponent);
      const double one = power_of_2(e), per = power_of_2(-e);
      out.numerators.clear();
      for (int k = 0; k < dim_; ++k) {
        const double n = std::rint(inside[k] * one);
        if (!(std::fabs(n) < 0x1p52)) return out.numerators.clear();
        out.numerators.push_back(static_cast<std::int64_t>(n));
        at_[k] = n * per;
      }
      if (slack_at(at_) > 0.0) return;
    }
    out.numerators.clear();
  }

  /// The same beyond a wall, from a point inside and one on the wall's facet; the wall
  /// is turned already.
  void beyond(int id, const std::vector<double>& inside,
              const std::vector<double>& on_facet, Trace::Dyadic& out) {
    take_forward(inside);
    from_.resize(walls_.size());
    for (int i = 0; i < walls_.size(); ++i) from_[i] = walls_.value(i, t_.data());
    take_forward(on_facet);
    double step = 1.0;  // half of the way to the next wall
    for (int i = 0; i < walls_.size(); ++i) {
      const double to = walls_.value(i, t_.data());
      if (i != id && from_[i] > to) step = std::fmin(step, to / (from_[i] - to) / 2.0);
    }
    target_.resize(dim_);
    for (int k = 0; k < dim_; ++k) {
      target_[k] = on_facet[k] + step * (on_facet[k] - inside[k]);
    }
    dyadic(target_, nullptr, out);
  }

 private:
  /// A break that does not cut, and names of walls that show it.
  struct Told {
    int unit, index, first, n;
    Shows::Degree shows;
  };

  /// columns_: those whose walls certainly support sign * g, all multipliers being
  /// positive, in all coordinates or in those of a bottleneck; false in doubt.
  bool supports(const Dictionary& dictionary, BottleneckChain& chain, const Wall& wall,
                const Digits& digits, const Signed& f) {
    columns_.clear();
    const bool central = dictionary.is_central();
    dictionary.propose(f.multipliers, f.sign, f.multipliers, combination_);
    if (!knows_inverse(dictionary, f.g) || !proof_.is_independent(combination_)) {
      return false;
    }
    if (combination_.terms.empty()) return f.sign * f.g[0] > f.radius;
    // Nothing is taken of some walls behind a bottleneck: not all are shown to matter.
    const auto is_taken = [most = most_of(combination_)](const Term& term) {
      return term.lambda > zero_entry * most;
    };
    const auto& terms = combination_.terms;
    if (std::all_of(terms.begin(), terms.end(), is_taken) &&
        proof_.holds(f.g, f.radius, f.sign, combination_, !central)) {
      for (int j = central ? 0 : 1; j <= dictionary.n_columns(); ++j) {
        columns_.push_back(j);
      }
    } else if (!chain.supports(wall, f.sign, digits, dictionary, f.multipliers, proof_,
                               columns_)) {
      return false;
    }
    return !central || columns_.size() > 1;  // a multiple of one wall is loose
  }

  static double most_of(const Combination& c) {
    double most = 0.0;
    for (const Term& term : c.terms) most = std::fmax(most, term.lambda);
    return most;
  }

  void likely_columns(const Dictionary& dictionary, const double* multipliers) {
    columns_.clear();
    double most = 0.0;
    for (int j = 0; j <= dictionary.n_columns(); ++j) {
      most = std::fmax(most, std::fabs(multipliers[j]));
    }
    for (int j = dictionary.is_central() ? 0 : 1; j <= dictionary.n_columns(); ++j) {
      if (std::fabs(multipliers[j]) >= zero_entry * most) columns_.push_back(j);
    }
  }

  /// The inverse of the columns' walls; false where g or a wall depends on coordinates
  /// that are gone, or the walls are not as many as the others.
  bool knows_inverse(const Dictionary& dictionary, const double* g) {
    proof_.begin(dim_);
    kept_.clear();
    for (int k = 1; k <= dim_; ++k) {
      if (dictionary.depends(k, proof_.inverse(k)) || dictionary.is_fixed(k)) {
        kept_.push_back(k);
        continue;
      }
      if (g[k] != 0.0) return false;
      for (const Term& term : combination_.terms) {
        if (term.row[k] != 0.0) return false;
      }
    }
    // Slacks of a slice do not tell of the cone.
    if (dictionary.is_central()) return proof_.invert(combination_, kept_);
    return kept_.size() == combination_.terms.size();
  }

  /// How far a point is certainly inside of all walls, in steps of its coordinates; not
  /// positive in doubt.
  double slack_at(const std::vector<double>& y) {
    double norm = 1.0;
    for (int k = 0; k < dim_; ++k) norm += std::fabs(y[k]);
    const double total = take_forward(y) + slack_radii_ * norm;
    double least = walls_.slack(t_.data(), 1.001 * total + 0x1p-800);
    for (const std::vector<double>& row : start_.around) {
      double off = 0x1p-800, size = 0.0;
      const double own = value(row.data(), y, off);
      for (int k = 1; k <= dim_; ++k) size += std::fabs(row[k]);
      // Its entries are rounded themselves.
      const double slack = (own - 2.0 * off) / size;
      least = slack < least || !(slack > 0.0) ? slack : least;
    }
    return least;
  }

  /// t_ = A y; returns what the coordinates are off by roundings, together.
  double take_forward(const std::vector<double>& y) {
    Lanes total = broadcast(0.0);
    for (int j = 0; j < width_; j += n_lanes) {
      Lanes value = lanes_at(&forward_[j]), size = magnitude(value);
      for (int k = 0; k < dim_; ++k) {
        const Lanes term = lanes_at(&forward_[(k + 1) * width_ + j]) * broadcast(y[k]);
        value += term;
        size += magnitude(term);
      }
      put_lanes(&t_[j], value);
      total += size;
    }
    double sum = 0.0;
    for (int lane = 0; lane < n_lanes; ++lane) sum += total[lane];
    return (dim_ + 4) * unit_roundoff * sum;
  }

  /// Adds what the sum is off.
  double value(const double* row, const std::vector<double>& y, double& off) const {
    double value = row[0], size = std::fabs(row[0]);
    for (int k = 0; k < dim_; ++k) {
      value += row[k + 1] * y[k];
      size += std::fabs(row[k + 1] * y[k]);
    }
    off += (dim_ + 4) * unit_roundoff * size;
    return value;
  }

  const DictionaryStart& start_;
  const PathWalls& walls_;
  const int dim_, width_;
  std::vector<double> forward_;  // (dim + 1, width): A by columns, constants first
  double slack_radii_ = 0.0;     // of its rows, together
  Combination combination_;
  SupportProof proof_;
  std::vector<int> kept_, columns_;
  std::vector<Told> told_;  // since the last stage began
  std::vector<int> names_;
  std::vector<double> t_, at_, target_;  // t_: (width), the others (dim)
  std::vector<double> from_;             // by wall
};

}  // namespace polyregions::POLYREGIONS_ISA
