// SPDX-License-Identifier: MIT
// Which walls show that a hyperplane does not cut a cell of the dictionary engine: what
// it can say for a certificate without exact integers.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "bottleneck.hpp"
#include "dictionary.hpp"
#include "farkas.hpp"
#include "isa.hpp"
#include "path_state.hpp"
#include "path_walls.hpp"
#include "support_proof.hpp"

namespace polyregions::POLYREGIONS_ISA {

class DictionarySupports {
 public:
  DictionarySupports(int dim, const PathWalls& walls) : walls_(walls), dim_(dim) {}

  /// A function g on whose sign the cell lies, and what it seems to take of the
  /// columns.
  struct Signed {
    const double* g;
    double radius;
    int sign;
    const double* multipliers;
  };

  /// The path's walls may be others from now on.
  void forget() {
    told_.clear();
    names_.clear();
    basis_.clear();
  }

  /// Whether walls certainly show on which side of a function, the break of `wall`, the
  /// cell lies, all multipliers being positive; they are noted.
  bool supports(const Dictionary& dictionary, BottleneckChain& chain, const Wall& wall,
                const Digits& digits, const Signed& f) {
    if (!finds_columns(dictionary, chain, wall, digits, f)) return false;
    note(dictionary, wall, Shows::certainly);
    return true;
  }

  /// Note those that it seems to be made of.
  void note_likely(const Dictionary& dictionary, const Wall& wall,
                   const double* multipliers) {
    likely_columns(dictionary, multipliers);
    note(dictionary, wall, Shows::probably);
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

  /// What was noted last, if all of it has names.
  void take_support(std::vector<int>& names) {
    const Told told = told_.back();
    told_.pop_back();
    if (told.shows == Shows::unknown) return;
    const auto first = names_.begin() + told.first;
    names.assign(first, first + told.n);
  }

 private:
  /// A break that does not cut, and names of walls that show it.
  struct Told {
    int unit, index, first, n;
    Shows::Degree shows;
  };

  void note(const Dictionary& dictionary, const Wall& wall, Shows::Degree shows) {
    Told told{wall.unit, wall.index, static_cast<int>(names_.size()), 0, shows};
    for (const int column : columns_) {
      names_.push_back(walls_[dictionary.column_wall(column)].name);
      ++told.n;
      if (names_.back() < 0) told.shows = Shows::unknown;
    }
    told_.push_back(told);
  }

  /// columns_: those whose walls certainly support sign * g, in all coordinates or in
  /// those of a bottleneck; false in doubt.
  bool finds_columns(const Dictionary& dictionary, BottleneckChain& chain,
                     const Wall& wall, const Digits& digits, const Signed& f) {
    columns_.clear();
    const bool central = dictionary.is_central();
    dictionary.propose(f.multipliers, f.sign, f.multipliers, combination_);
    if (!knows_inverse(dictionary, f.g)) return false;
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
    } else if (!chain.supports(wall, f.sign, digits, dictionary, f.multipliers,
                               narrow_proof_, columns_)) {
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

  /// Whether the columns' walls are independent for certain, with their inverse, and g
  /// depends on no other coordinates.
  bool knows_inverse(const Dictionary& dictionary, const double* g) {
    if (!is_same_basis(dictionary)) {
      has_inverse_ = inverts(dictionary) && proof_.is_independent(combination_);
    }
    return has_inverse_ &&
           std::all_of(gone_.begin(), gone_.end(), [g](int k) { return g[k] == 0.0; });
  }

  /// The last one, since the path has changed.
  bool is_same_basis(const Dictionary& dictionary) {
    const int n = dictionary.n_columns() + 1;
    bool same = static_cast<int>(basis_.size()) == n;
    basis_.resize(n);
    for (int j = dictionary.is_central() ? 0 : 1; j < n; ++j) {
      same = same && basis_[j] == dictionary.column_wall(j);
      basis_[j] = dictionary.column_wall(j);
    }
    return same;
  }

  /// False where a wall depends on coordinates that are gone, or the walls are not as
  /// many as the others.
  bool inverts(const Dictionary& dictionary) {
    proof_.begin(dim_);
    kept_.clear();
    gone_.clear();
    for (int k = 1; k <= dim_; ++k) {
      if (dictionary.depends(k, proof_.inverse(k)) || dictionary.is_fixed(k)) {
        kept_.push_back(k);
        continue;
      }
      gone_.push_back(k);
      for (const Term& term : combination_.terms) {
        if (term.row[k] != 0.0) return false;
      }
    }
    // Slacks of a slice do not tell of the cone.
    if (dictionary.is_central()) return proof_.invert(combination_, kept_);
    return kept_.size() == combination_.terms.size();
  }

  const PathWalls& walls_;
  const int dim_;
  Combination combination_;
  SupportProof proof_, narrow_proof_;
  std::vector<int> basis_;  // of proof_
  bool has_inverse_ = false;
  std::vector<int> kept_, gone_, columns_;  // coordinates of that basis; a support
  std::vector<Told> told_;                  // since the last stage began
  std::vector<int> names_;
};

}  // namespace polyregions::POLYREGIONS_ISA
