// SPDX-License-Identifier: MIT
// On which side of a hyperplane a cell of the dictionary engine lies.
//
// A row in doubt climbs: pivoting proposes; Farkas multipliers with error bounds prove
// "does not cut", in all coordinates or in those of a bottleneck; exact integers decide
// the rest.  "Cuts" is only believed.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "bottleneck.hpp"
#include "dictionary.hpp"
#include "dictionary_integers.hpp"
#include "dictionary_start.hpp"
#include "dictionary_supports.hpp"
#include "farkas.hpp"
#include "isa.hpp"
#include "path_state.hpp"
#include "path_walls.hpp"
#include "polyhedron.hpp"

namespace polyregions::POLYREGIONS_ISA {

class DictionarySigns {
 public:
  /// For a certificate, `supports` is told of what is proved.
  DictionarySigns(const DictionaryStart& start, PathState& state, PathWalls& walls,
                  DictionaryIntegers& integers, DictionarySupports& supports)
      : start_(start),
        state_(state),
        dim_(state.question.problem.search.dim),
        decisions_(state.result.decisions),
        walls_(walls),
        integers_(integers),
        supports_(supports),
        chain_(state.question.floats),
        sides_(dim_ + 1, 1.0),
        g_(dim_ + 1) {
    for (std::vector<double>* v : {&transformed_, &nu_, &scratch_}) {
      v->resize(padded_width(dim_));
    }
  }

  /// The coordinates of the start are positive, but for those that are turned.
  void begin() {
    std::fill(sides_.begin(), sides_.end(), 1.0);
    if (start_.central) sides_[0] = 0.0;
  }
  void turn(int coordinate, bool above) { sides_[coordinate] = above ? 1.0 : -1.0; }

  /// The others do not matter from now on.
  void keep_coordinates(const std::vector<bool>& kept) {
    for (int k = 1; k <= dim_; ++k) {
      if (!kept[k]) sides_[k] = 0.0;
    }
  }

  /// Behind fewer active units than coordinates matter there is a bottleneck.
  /// `before`: rows of the layer before.
  void enter_layer(std::size_t l, std::size_t before, const Dictionary& dictionary) {
    chain_.enter_layer(l, state_, before, dictionary);
  }
  std::size_t n_bottlenecks() const { return chain_.size(); }
  void release(std::size_t n_bottlenecks) { chain_.release(n_bottlenecks); }

  /// Side of a hyperplane whose row is in `block`; for `both` it can be pushed.
  Side ask(Dictionary& dictionary, const Wall& wall, std::size_t block) {
    if (start_.central && chain_.rank(dictionary) == 0) {
      // Without constants and without active units there is nothing but 0.
      ++decisions_.constant;
      dictionary.generic = false;
      return Side::zero;
    }
    g_radius_ = state_.rows.row(wall.layer, wall.unit, wall.index, block, g_.data());
    const Size size = size_of_row();
    if (size.all > g_radius_ && is_constant_on(dictionary)) {
      dictionary.transform(g_.data(), transformed_.data());
      const int sign = transformed_[0] > 0.0 ? 1 : -1;
      if (state_.trace && !supports(dictionary, wall, sign))
        note_likely(dictionary, wall);
      return certified(dictionary, sign);
    }
    if (!is_usable(size)) return exact_side(dictionary, wall);
    return pivoted_side(dictionary, wall);
  }

  /// After `ask`: the column where the hyperplane's row can enter; -1 when integers say
  /// that it cuts, and the dictionary has lost its way.
  int column() const { return column_; }

  /// It becomes a wall of the path, and its row over the slacks, scaled with it, is
  /// what enters.
  const double* push_wall(const Wall& wall) {
    double size = 0.0;
    for (const double v : g_) size = std::fabs(v) > size ? std::fabs(v) : size;
    const double factor = normaliser(size);
    walls_.push(wall, g_.data(), factor, g_radius_ * factor + 0x1p-1060);
    for (double& v : transformed_) v *= factor;
    return transformed_.data();
  }

  /// Room for a wall's slack over those of the columns, for `ask_of_wall`.
  double* transformed() { return transformed_.data(); }

  /// What follows is about a wall of the path, whose slack is there.
  void ask_of_wall(int id) {
    const PathWalls::Info& own = walls_[id];
    std::copy_n(walls_.row(id), dim_ + 1, g_.begin());
    g_radius_ = own.radius;
    for (double& v : transformed_) v *= own.wall.orientation;
  }

  /// True when the wall certainly has no zero on the cell's closure.
  bool proves(Dictionary& dictionary, const Wall& wall) {
    return proves(dictionary, wall, wall.orientation);
  }

  /// For a certificate: whether walls certainly show on which side of the hyperplane
  /// asked about last the cell lies, without zeros on its closure.
  bool supports(const Dictionary& dictionary, const Wall& wall, int sign) {
    return supports_.supports(dictionary, chain_, wall, state_.digits,
                              {g_.data(), g_radius_, sign, transformed_.data()});
  }
  /// Where they do not: those that likely do.
  void note_likely(const Dictionary& dictionary, const Wall& wall) {
    supports_.note_likely(dictionary, wall, transformed_.data());
  }

 private:
  /// Largest entries of the row.
  struct Size {
    double all = 0.0, linear = 0.0;
    bool finite = false;
  };
  Size size_of_row() const {
    Size out;
    out.finite = g_radius_ < INFINITY;
    for (int k = 0; k <= dim_; ++k) {
      const double entry = std::fabs(g_[k]);
      out.finite = out.finite && entry < INFINITY;
      out.all = entry > out.all ? entry : out.all;
      if (k > 0) out.linear = entry > out.linear ? entry : out.linear;
    }
    return out;
  }

  /// A row that may be zero could seem to cut and leave both children empty; of one
  /// that is not at least one child is there.
  bool is_usable(const Size& size) const {
    const bool may_vanish = !(size.all > 1.001 * g_radius_);
    return size.finite && !may_vanish && size.linear != 0.0 && size.all >= 0x1p-900 &&
           size.all <= 0x1p900;
  }

  Side pivoted_side(Dictionary& dictionary, const Wall& wall) {
    bool has_multipliers = false;
    for (const bool again : {false, true}) {
      // Dictionaries drift; from the walls themselves the next one is as good as new.
      if (again && !dictionary.rebuild(dictionary.basis())) break;
      const Dictionary::Found found =
          dictionary.find_sign(g_.data(), transformed_.data(), column_);
      if (found == Dictionary::Found::cuts) return Side::both;
      has_multipliers = found != Dictionary::Found::unknown;
      if (!has_multipliers) continue;
      const int sign = found == Dictionary::Found::positive ? 1 : -1;
      // What a certificate can state needs no other proof.
      if (!state_.trace || !supports(dictionary, wall, sign)) {
        if (!proves(dictionary, wall, sign)) continue;
        if (state_.trace) note_likely(dictionary, wall);
      }
      // Of a cell that only floating point believes in everything is true.
      if (state_.audits() &&
          integers_.side(dictionary, wall) != static_cast<Side>(sign)) {
        state_.expect(!open_point(dim_, integers_.rows()).has_value());
      }
      return certified(dictionary, sign);
    }
    if (has_multipliers) {
      const Side side =
          integers_.side_by_columns(dictionary, wall, transformed_.data());
      if (side != Side::both) {
        ++decisions_.exact;
        dictionary.generic = false;
        return side;
      }
    }
    return exact_side(dictionary, wall);
  }

  /// What comes now has one value on the whole cell.
  bool is_constant_on(const Dictionary& dictionary) const {
    return dictionary.n_columns() == 0 || chain_.rank(dictionary) == 0;
  }

  bool proves(Dictionary& dictionary, const Wall& wall, int sign) {
    if constexpr (!proves_everything) return true;
    const double* const multipliers = transformed_.data();
    if (!start_.reach.empty()) {
      dictionary.propose(multipliers, sign, multipliers, combination_);
      if (proved_by_reach(dim_, g_.data(), g_radius_, sign, combination_, start_.reach,
                          scratch_.data())) {
        return true;
      }
    } else {
      dictionary.transform(sides_.data(), nu_.data());
      dictionary.propose(multipliers, sign, nu_.data(), combination_);
      if (proved_by_cone(dim_, g_.data(), g_radius_, sign, combination_, sides_.data(),
                         scratch_.data())) {
        return true;
      }
    }
    return chain_.proves(wall, sign, state_.digits, dictionary, multipliers);
  }

  Side certified(Dictionary& dictionary, int sign) {
    ++decisions_.filter;
    // Homogeneous functions of one coordinate vanish together, on its wall.
    if (dictionary.is_central() && chain_.rank(dictionary) <= 1) {
      dictionary.generic = false;
    }
    return sign > 0 ? Side::positive : Side::negative;
  }

  /// Exact integers; column_ is -1 when they say `both` and the dictionary does not,
  /// even from the vertex where they stopped.
  Side exact_side(Dictionary& dictionary, const Wall& wall) {
    ++decisions_.exact;
    dictionary.generic = false;
    const Side side = integers_.side(dictionary, wall);
    if (side != Side::both || !dictionary.rebuild(integers_.basis()) ||
        dictionary.find_sign(g_.data(), transformed_.data(), column_) !=
            Dictionary::Found::cuts) {
      column_ = -1;
    }
    return side;
  }

  const DictionaryStart& start_;
  PathState& state_;
  const int dim_;
  Decisions& decisions_;
  PathWalls& walls_;
  DictionaryIntegers& integers_;
  DictionarySupports& supports_;
  BottleneckChain chain_;
  std::vector<double> sides_;  // (dim + 1): 1, and on which side of 0 coordinates lie
  // The hyperplane asked about last: over the coordinates and over the slacks.
  std::vector<double> g_, transformed_;
  double g_radius_ = 0.0;
  int column_ = -1;
  std::vector<double> nu_, scratch_;
  Combination combination_;
};

}  // namespace polyregions::POLYREGIONS_ISA
