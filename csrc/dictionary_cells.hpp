// SPDX-License-Identifier: MIT
// The cells of the dictionary engine: one dictionary a node, asked for one hyperplane
// after the other.
//
// A row in doubt climbs: pivoting proposes; Farkas multipliers with error bounds prove
// "does not cut", in all coordinates or in those of a bottleneck; exact integers decide
// the rest.  "Cuts" is only believed: a leaf counts when a point shows it.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

#include "bottleneck.hpp"
#include "dictionary.hpp"
#include "dictionary_start.hpp"
#include "path_state.hpp"
#include "polyhedron.hpp"
#include "tableau.hpp"
#include "witness.hpp"

namespace polyregions::POLYREGIONS_ISA {

class DictionaryCells {
 public:
  using Start = DictionaryStart;
  static constexpr bool children_are_certain = false;

  /// A dictionary on the stack.
  struct Node {
    int dictionary = 0;
  };

  DictionaryCells(const Start& start, PathState& state)
      : start_(start),
        state_(state),
        dim_(state.question.problem.search.dim),
        floats_(state.question.floats),
        decisions_(state.result.decisions),
        witness_(state, start),
        walls_(start.walls),
        n_walls_(walls_.size()),
        chain_(floats_),
        g_(dim_ + 1),
        point_(dim_),
        facet_point_(dim_) {
    dictionary_at(0);
    transformed_.resize(dictionaries_[0].width());
    scratch_.resize(2 * static_cast<std::size_t>(dictionaries_[0].width()));
  }

  struct Mark {
    int n_dictionaries;
    std::size_t n_walls, n_cuts, n_bottlenecks;
  };
  Mark mark() const { return {n_dictionaries_, n_walls_, cuts_.size(), chain_.size()}; }
  void release(const Mark& mark) {
    n_dictionaries_ = mark.n_dictionaries;
    n_walls_ = mark.n_walls;
    cuts_.resize(mark.n_cuts);
    chain_.release(mark.n_bottlenecks);
  }

  static std::uint64_t n_starts(const Start& start) {
    return std::uint64_t{1} << start.unit_columns.size();
  }

  bool start(std::uint64_t index, std::vector<std::uint8_t>& lo,
             std::vector<std::uint8_t>& hi, Node& node) {
    node.dictionary = n_dictionaries_++;
    Dictionary& dictionary = dictionary_at(node.dictionary);
    dictionary.begin(start_);
    for (std::size_t k = 0; k < start_.unit_columns.size(); ++k) {
      const bool above = (index >> k & 1) != 0;
      Wall& wall = walls_[start_.n_domain + k].wall;
      (above ? lo : hi)[wall.unit] = above ? 1 : 0;
      wall.orientation = above ? 1 : -1;
      if (!above) dictionary.flip(start_.unit_columns[k]);
    }
    return true;
  }

  /// Behind fewer active units than coordinates matter there is a bottleneck.
  void enter_layer(std::size_t l, const Node&) { chain_.enter_layer(l, state_, dim_); }

  /// What does not cut the whole cell cuts no part of it: most units of deep layers.
  void settle(std::size_t l, const Node& node, std::size_t block,
              std::vector<std::uint8_t>& lo, std::vector<std::uint8_t>& hi) {
    const FloatLayer& layer = floats_.layers[l];
    for (int unit = 0; unit < layer.n_out; ++unit) {
      const int last = hi[unit];
      for (int j = lo[unit]; j < last && j < hi[unit]; ++j) {
        const Side side = ask(node, {static_cast<int>(l), unit, j, 1}, block);
        if (side == Side::both) continue;
        if (side == Side::positive) {
          lo[unit] = static_cast<std::uint8_t>(j + 1);
        } else {
          hi[unit] = static_cast<std::uint8_t>(j);
          if (side == Side::zero) state_.note_on_break(l, unit);
        }
      }
    }
  }

  void load(Stage& stage, const Node&, std::size_t block) { stage.block = block; }

  /// The open hyperplanes in turn, up to the first that cuts.
  Probe probe(const Stage& stage, const Node& node, std::uint64_t open) {
    Probe out;
    out.open = open;
    for (; out.open != 0; out.open &= out.open - 1) {
      const int bit = __builtin_ctzll(out.open);
      const Side side = ask(node, stage.wall(bit), stage.block);
      if (side == Side::both) {
        out.split = bit;
        break;
      }
      const std::uint64_t mask = out.open & (~out.open + 1);
      (side == Side::positive ? out.above : out.below) |= mask;
    }
    return out;
  }

  /// After `probe`: the hyperplane that it stopped at becomes a wall of the node.
  bool cut(const Stage& stage, const Node& node, int bit, std::uint64_t) {
    if (column_ < 0) return false;  // integers say so, and the dictionary lost its way
    const auto id = static_cast<int>(n_walls_);
    push_wall(stage.wall(bit));
    if (state_.question.felt != nullptr && resembles_another(id)) {
      dictionaries_[node.dictionary].generic = false;
    }
    dictionaries_[node.dictionary].enter(transformed_.data(), column_, id);
    cuts_.push_back({id, column_});
    return true;
  }

  /// After `cut`: true when points show both children, which are leaves; the unit's
  /// digit is `digit` below.
  bool shows_both(const Stage& stage, const Node& node, int bit, int digit) {
    const Dictionary& dictionary = dictionaries_[node.dictionary];
    if constexpr (!proves_everything) return true;
    std::uint8_t& own = state_.digits[stage.layer][stage.cuts[bit].unit];
    for (const int side : {-1, 1}) {
      own = static_cast<std::uint8_t>(digit + (side > 0));
      if (!dictionary.centre(point_.data(), scratch_.data(), cuts_.back().column,
                             side) ||
          !witness_.shows(point_.data())) {
        return false;
      }
      if (state_.audits()) state_.expect(witness_.audit(point_.data()));
    }
    decisions_.point += 2;
    return true;
  }

  Node child(const Stage&, const Node& node, int, int side) {
    const Cut& cut = cuts_.back();
    walls_[cut.wall].wall.orientation = side;
    if (side > 0) return node;
    const Node below{n_dictionaries_++};
    Dictionary& own = dictionary_at(below.dictionary);
    own = dictionaries_[node.dictionary];
    own.flip(cut.column);
    return below;
  }

  /// Nothing is counted without a witness.
  bool leaf(const Node& node, bool, const double*& point) {
    const Dictionary& dictionary = dictionaries_[node.dictionary];
    point = point_.data();
    if constexpr (!proves_everything) return true;
    if (dictionary.centre(point_.data(), scratch_.data()) &&
        witness_.shows(point_.data())) {
      if (state_.audits()) state_.expect(witness_.audit(point_.data()));
      ++decisions_.point;
      return true;
    }
    ++decisions_.exact;
    const auto inside = open_point(dim_, walls(node));
    for (int k = 0; k < dim_ && inside; ++k) {
      point_[k] = rounded_quotient(inside->numerators[k], inside->denominator);
    }
    return inside.has_value();
  }

  bool is_generic(const Node& node) const {
    return dictionaries_[node.dictionary].generic;
  }

  /// Walls of the node that belong to units, redundant ones among them; `handles` are
  /// for `facet`.
  void unit_walls(const Node& node, std::vector<Wall>& walls,
                  std::vector<int>& handles) const {
    const Dictionary& dictionary = dictionaries_[node.dictionary];
    const auto add = [&](int handle) {
      if (walls_[handle].wall.layer < 0) return;
      walls.push_back(walls_[handle].wall);
      handles.push_back(handle);
    };
    for (int j = 1; j <= dim_; ++j) add(dictionary.column_wall(j));
    for (const int handle : dictionary.basic_walls()) add(handle);
  }

  /// For a leaf, whose dictionary nobody needs any more.
  Facet facet(const Node& node, int handle) {
    Dictionary& dictionary = dictionaries_[node.dictionary];
    const PathWall& own = walls_[handle];
    const int column = dictionary.bring_in(handle, transformed_.data());
    if (column < 0) return Facet::unknown;
    if (column == 0) {
      std::copy_n(own.row.begin(), dim_ + 1, g_.begin());
      g_radius_ = own.radius;
      const int sign = own.wall.orientation;
      for (double& v : transformed_) v *= sign;
      return proves(dictionary, own.wall, sign) ? Facet::no : Facet::unknown;
    }
    const bool shown =
        dictionary.centre(facet_point_.data(), scratch_.data(), column, 0.0) &&
        witness_.shows_facet(facet_point_.data(), own);
    return shown ? Facet::yes : Facet::unknown;
  }

  /// Exact rows > 0 that bound the cell.
  std::vector<Row> walls(const Node& node) {
    const Dictionary& dictionary = dictionaries_[node.dictionary];
    std::vector<Row> rows;
    for (int j = 1; j <= dim_; ++j) rows.push_back(exact(dictionary.column_wall(j)));
    for (const int wall : dictionary.basic_walls()) rows.push_back(exact(wall));
    return rows;
  }

 private:
  struct Cut {
    int wall = 0, column = 0;
  };

  Dictionary& dictionary_at(int i) {
    while (static_cast<int>(dictionaries_.size()) <= i)
      dictionaries_.emplace_back(dim_);
    return dictionaries_[i];
  }

  Row exact(int wall) { return state_.path.row(walls_[wall].wall); }

  /// Side of the row on the cell; for `both` the transformed row and column to enter.
  Side ask(const Node& node, const Wall& wall, std::size_t block) {
    Dictionary& dictionary = dictionaries_[node.dictionary];
    g_radius_ = state_.rows.row(wall.layer, wall.unit, wall.index, block, g_.data());
    double size = 0.0, linear = 0.0;
    bool finite = g_radius_ < INFINITY;
    for (int k = 0; k <= dim_; ++k) {
      const double entry = std::fabs(g_[k]);
      finite = finite && entry < INFINITY;
      size = entry > size ? entry : size;
      if (k > 0) linear = entry > linear ? entry : linear;
    }
    if (linear == 0.0 && finite) {
      // Nothing is active: the sign of a constant, if a bottleneck's rank is 0.
      const int sign = g_[0] > 0.0 ? 1 : -1;
      if (chain_.size() > 0 && chain_.rank(dim_) == 0 &&
          proves_behind(dictionary, wall, sign)) {
        return certified(sign);
      }
    }
    // A row that may be zero could seem to cut and leave both children empty; of one
    // that is not at least one child is there.
    const bool may_vanish = !(size > 1.001 * g_radius_);
    if (!finite || may_vanish || linear == 0.0 || size < 0x1p-900 || size > 0x1p900) {
      return exact_side(dictionary, wall);
    }
    const Dictionary::Found found =
        dictionary.find_sign(g_.data(), transformed_.data(), column_);
    if (found == Dictionary::Found::cuts) return Side::both;
    if (found == Dictionary::Found::unknown) return exact_side(dictionary, wall);
    const int sign = found == Dictionary::Found::positive ? 1 : -1;
    if (proves(dictionary, wall, sign)) {
      // Of a cell that only floating point believes in everything is true.
      if (state_.audits() &&
          side_in_integers(dictionary, wall) != static_cast<Side>(sign)) {
        state_.expect(!open_point(dim_, walls(node)).has_value());
      }
      return certified(sign);
    }
    return exact_side(dictionary, wall);
  }

  bool proves(Dictionary& dictionary, const Wall& wall, int sign) {
    if constexpr (!proves_everything) return true;
    if (!start_.reach.empty() &&
        dictionary.prove_sign_within(g_.data(), g_radius_, sign, transformed_.data(),
                                     start_.reach, walls_, scratch_.data())) {
      return true;
    }
    // Where some multipliers vanish the proof in all coordinates cannot succeed.
    return (!vanishes_somewhere() && dictionary.prove_sign(g_.data(), g_radius_, sign,
                                                           walls_, scratch_.data())) ||
           proves_behind(dictionary, wall, sign);
  }

  bool proves_behind(const Dictionary& dictionary, const Wall& wall, int sign) {
    const auto wall_of = [&](int j) -> const Wall& {
      return walls_[dictionary.column_wall(j)].wall;
    };
    return chain_.proves(wall, sign, state_.digits, dim_, wall_of, transformed_.data());
  }

  bool vanishes_somewhere() const {
    double most = 0.0, least = INFINITY;
    for (int j = 1; j <= dim_; ++j) {
      const double size = std::fabs(transformed_[j]);
      most = size > most ? size : most;
      least = size < least ? size : least;
    }
    return chain_.size() > 0 && least < 1e-13 * most;
  }

  /// True when the wall just made may be on the hyperplane of another one of the path.
  bool resembles_another(int id) const {
    constexpr double alike = 1e-6;
    const PathWall& own = walls_[id];
    int m = 0;
    for (int k = 1; k <= dim_; ++k) {
      if (std::fabs(own.row[k]) > std::fabs(own.row[m])) m = k;
    }
    for (int i = 0; i < id; ++i) {
      const PathWall& other = walls_[i];
      if (own.radius > 1e-3 * alike || other.radius > 1e-3 * alike) return true;
      const double factor = other.row[m] / own.row[m];
      double apart = 0.0;
      for (int k = 0; k <= dim_; ++k) {
        const double entry = std::fabs(other.row[k] - factor * own.row[k]);
        apart = entry > apart ? entry : apart;
      }
      if (!(apart > alike)) return true;
    }
    return false;
  }

  Side certified(int sign) {
    ++decisions_.filter;
    return sign > 0 ? Side::positive : Side::negative;
  }

  /// Exact integers; column_ is -1 when they say `both` and the dictionary did not.
  Side exact_side(Dictionary& dictionary, const Wall& wall) {
    ++decisions_.exact;
    dictionary.generic = false;
    column_ = -1;
    return side_in_integers(dictionary, wall);
  }

  Side side_in_integers(const Dictionary& dictionary, const Wall& wall) {
    const Row row = state_.path.break_row_of(wall.layer, wall.unit, wall.index);
    if (is_constant(row)) return static_cast<Side>(sign(row[0]));
    // The walls of the basis prove most; all walls decide the rest.
    Tableau tableau(dim_);
    for (int j = 1; j <= dim_; ++j) {
      if (!tableau.restrict_to(exact(dictionary.column_wall(j)), j)) return Side::both;
    }
    Side side = tableau.test(row).side;
    if (side != Side::both) return side;
    int id = dim_;
    for (const int w : dictionary.basic_walls()) {
      if (!tableau.restrict_to(exact(w), ++id)) return Side::both;
    }
    return tableau.test(row).side;
  }

  /// The wall asked about last, scaled; the transformed row is scaled with it.
  void push_wall(const Wall& wall) {
    double size = 0.0;
    for (const double v : g_) size = std::fabs(v) > size ? std::fabs(v) : size;
    const double factor = normaliser(size);
    if (walls_.size() == n_walls_) {
      walls_.push_back({{}, std::vector<double>(transformed_.size(), 0.0), 0.0});
    }
    PathWall& own = walls_[n_walls_++];
    own.wall = wall;
    own.radius = g_radius_ * factor + 0x1p-1060;
    for (int k = 0; k <= dim_; ++k) own.row[k] = g_[k] * factor;
    for (double& v : transformed_) v *= factor;
  }

  const Start& start_;
  PathState& state_;
  const int dim_;
  const FloatNetwork& floats_;
  Decisions& decisions_;
  Witness witness_;
  std::deque<Dictionary> dictionaries_;
  int n_dictionaries_ = 0;
  std::vector<PathWall> walls_;  // of the path: domain, start units, splits
  std::size_t n_walls_ = 0;
  std::vector<Cut> cuts_;
  BottleneckChain chain_;
  std::vector<double> g_, transformed_, point_, facet_point_, scratch_;
  double g_radius_ = 0.0;
  int column_ = -1;
};

}  // namespace polyregions::POLYREGIONS_ISA
