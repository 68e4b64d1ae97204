// SPDX-License-Identifier: MIT
// The cells of the dictionary engine: one dictionary a node, asked for one hyperplane
// after the other.
//
// dictionary_signs.hpp proves "does not cut"; "cuts" is only believed: a leaf counts
// when a point shows it (dictionary_points.hpp, or exact integers).
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "bottleneck.hpp"
#include "dictionary.hpp"
#include "dictionary_integers.hpp"
#include "dictionary_points.hpp"
#include "dictionary_signs.hpp"
#include "dictionary_start.hpp"
#include "dictionary_supports.hpp"
#include "isa.hpp"
#include "lanes.hpp"
#include "path_state.hpp"
#include "path_walls.hpp"
#include "polyhedron.hpp"

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
        walls_(start),
        integers_(start, state, walls_),
        supports_(dim_, walls_),
        signs_(start, state, walls_, integers_, supports_),
        points_(start, walls_),
        row_(dim_ + 1),
        vertex_(dim_) {}

  /// Pre-activations of the first cutting layer, in the coordinates of the rows.
  static AffineMap first_rows(const Start& start, PathState&) { return start.first; }

  struct Mark {
    int n_dictionaries, n_walls;
    std::size_t n_cuts, n_bottlenecks;
  };
  Mark mark() const {
    return {n_dictionaries_, walls_.size(), cuts_.size(), signs_.n_bottlenecks()};
  }
  void release(const Mark& mark) {
    n_dictionaries_ = mark.n_dictionaries;
    walls_.resize(mark.n_walls);
    cuts_.resize(mark.n_cuts);
    signs_.release(mark.n_bottlenecks);
  }

  static int n_start_units(const Start& start) {
    return static_cast<int>(start.n_units());
  }
  static const Wall& start_unit(const Start& start, int k) {
    return start.walls[start.n_domain + static_cast<std::size_t>(k)].wall;
  }

  Node start(std::uint64_t index, std::vector<std::uint8_t>& lo,
             std::vector<std::uint8_t>& hi) {
    signs_.begin();
    for (std::size_t k = 0; k < start_.n_units(); ++k) {
      const int id = static_cast<int>(start_.n_domain + k);
      const bool above = (index >> k & 1) != 0;
      (above ? lo : hi)[walls_[id].wall.unit] = above ? 1 : 0;
      walls_.turn(id, above ? 1 : -1);
      signs_.turn(walls_[id].coordinate, above);
    }
    for (int id = 0; id < walls_.size(); ++id) call(id);
    const Node node{n_dictionaries_++};
    dictionary_at(node.dictionary).begin(start_);
    return node;
  }

  /// `before`: rows of the layer before.
  void enter_layer(std::size_t l, const Node& node, std::size_t before) {
    Dictionary& dictionary = of(node);
    if (l == state_.question.span.first + 1 && dictionary.is_product()) {
      drop_coordinates(l - 1, dictionary);
    }
    signs_.enter_layer(l, before, dictionary);
  }

  /// What does not cut the whole cell cuts no part of it: most units of deep layers.
  void settle(std::size_t l, const Node& node, std::size_t block,
              std::vector<std::uint8_t>& lo, std::vector<std::uint8_t>& hi) {
    const FloatLayer& layer = floats_.layers[l];
    supports_.forget();
    for (int unit = 0; unit < layer.n_out; ++unit) {
      const int last = hi[unit];
      for (int j = lo[unit]; j < last && j < hi[unit]; ++j) {
        const Wall wall{static_cast<int>(l), unit, j, 1};
        const Side side = signs_.ask(of(node), wall, block);
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

  /// The stage's rows side by side over their sizes.
  void load(Stage& stage, const Node&, std::size_t block) {
    stage.block = block;
    stage.padded = (stage.n + n_lanes - 1) / n_lanes * n_lanes;
    stage.table.assign(static_cast<std::size_t>(dim_ + 1) * stage.padded, 0.0);
    for (int i = 0; i < stage.n; ++i) {
      const Stage::Cut& cut = stage.cuts[i];
      state_.rows.row(stage.layer, cut.unit, cut.index, block, row_.data());
      double size = 0.0;
      for (int k = 1; k <= dim_; ++k) size += std::fabs(row_[k]);
      double* const column = stage.table.data() + i;
      for (int k = 0; k <= dim_; ++k) column[k * stage.padded] = row_[k] / size;
    }
  }

  /// The open hyperplanes in turn, up to the first that cuts.  Those farthest from the
  /// vertex come first: what does not cut is better found before the cell is split.
  Probe probe(const Stage& stage, const Node& node, std::uint64_t open) {
    Probe out;
    out.open = open;
    supports_.forget();
    if ((open & (open - 1)) != 0) measure(stage, node);
    while (out.open != 0) {
      const int bit = farthest(out.open);
      const Side side = signs_.ask(of(node), stage.wall(bit), stage.block);
      if (side == Side::both) {
        out.split = bit;
        break;
      }
      const std::uint64_t mask = std::uint64_t{1} << bit;
      (side == Side::positive ? out.above : out.below) |= mask;
      out.open &= ~mask;
    }
    return out;
  }

  /// After `probe`: the hyperplane that it stopped at becomes a wall of the node.
  bool cut(const Stage& stage, const Node& node, int bit, std::uint64_t) {
    const int column = signs_.column(), id = walls_.size();
    if (column < 0) return false;
    const double* const transformed = signs_.push_wall(stage.wall(bit));
    if (state_.question.felt != nullptr && walls_.newest_resembles_another()) {
      of(node).generic = false;
    }
    of(node).enter(transformed, column, id);
    cuts_.push_back({id, column});
    return true;
  }

  /// After `cut`: true when a point on the wall shows that both children are there.
  bool shows_both(const Node& node) {
    if constexpr (!proves_everything) return !state_.trace;
    const Cut& cut = cuts_.back();
    if (!points_.find_on_wall(of(node), cut.wall, cut.column)) return false;
    if (state_.audits()) state_.expect(integers_.both_are_there(cut.wall));
    decisions_.point += 2;
    if (state_.trace) points_.find_halves(of(node), cut.column);
    return true;
  }

  Node child(const Stage&, const Node& node, int, int side) {
    const Cut& cut = cuts_.back();
    walls_.turn(cut.wall, side);
    call(cut.wall);
    if (side > 0) return node;
    const Node below{n_dictionaries_++};
    Dictionary& own = dictionary_at(below.dictionary);
    own = of(node);
    own.flip(cut.column);
    return below;
  }

  /// Nothing is counted without a witness.
  bool leaf(const Node& node, bool, const double*& point) {
    point = points_.point().data();
    if (points_.find_inside(of(node))) {
      if (state_.audits()) state_.expect(integers_.is_inside(points_.t()));
      ++decisions_.point;
      points_.lift();
      return true;
    }
    ++decisions_.exact;
    const auto inside = open_point(dim_, integers_.rows());
    if (inside) points_.take(*inside);
    return inside.has_value();
  }

  // For a certificate, see dictionary_supports.hpp and dictionary_points.hpp.
  void begin_claims(const Node&) {}
  Shows support(const Wall& wall, bool, std::size_t, std::vector<int>& names) const {
    return supports_.support(wall, names);
  }

  /// After `leaf`: a point inside, or none.
  void dyadic(const Node&, Trace::Dyadic& out) { points_.dyadic(out); }

  /// After `shows_both`: the children by their points alone, for `half`.
  static void halve(const Stage&, const Node&, int) {}
  const double* half(int side, Trace::Dyadic& out) {
    walls_.turn(cuts_.back().wall, side);
    return points_.half(side > 0, out);
  }

  bool is_generic(const Node& node) const { return of(node).generic; }

  /// Walls of the node that belong to units, redundant ones among them; `handles` are
  /// for `facet`.
  void unit_walls(const Node&, std::vector<Wall>& walls,
                  std::vector<int>& handles) const {
    for (int id = static_cast<int>(start_.n_domain); id < walls_.size(); ++id) {
      walls.push_back(walls_[id].wall);
      handles.push_back(id);
    }
  }

  /// For a leaf, whose dictionary nobody needs any more.
  Facet facet(const Node& node, int handle) {
    Dictionary& dictionary = of(node);
    const Brought at = bring_in(dictionary, handle);
    if (at.seems_redundant) {
      return signs_.proves(dictionary, walls_[handle].wall) ? Facet::no
                                                            : Facet::unknown;
    }
    return is_on_facet(dictionary, handle, at) ? Facet::yes : Facet::unknown;
  }

  /// After `dyadic`.
  void wall_proof(const Node& node, const Wall& wall, Trace::WallProof& out) {
    const int id = id_of(wall);
    if (id < 0) return;
    Dictionary& dictionary = of(node);
    const Brought at = bring_in(dictionary, id);
    if (at.seems_redundant) {
      const Wall& own = walls_[id].wall;
      supports_.forget();
      out.is_certain = signs_.supports(dictionary, own, own.orientation);
      if (!out.is_certain) signs_.note_likely(dictionary, own);
      return supports_.take_support(out.support);
    }
    if (!is_on_facet(dictionary, id, at)) return;
    points_.lift();
    out.on_facet = points_.point();
    walls_.turn(id, -wall.orientation);
    points_.beyond(id, out.on_facet, out.beyond);
    walls_.turn(id, wall.orientation);
  }

  /// Exact rows > 0 that bound the cell.
  std::vector<Row> walls(const Node&) { return integers_.rows(); }

 private:
  struct Cut {
    int wall = 0, column = 0;
  };

  /// Where a wall's slack has been brought: to a column, 0 for one whose coordinate is
  /// gone, or -1.  A wall that seems redundant is what was asked about last.
  struct Brought {
    int column;
    bool seems_redundant;
  };
  Brought bring_in(Dictionary& dictionary, int id) {
    if (dictionary.is_gone(id)) return {0, false};
    const int column = dictionary.bring_in(id, signs_.transformed());
    if (column == 0) signs_.ask_of_wall(id);
    return {column, column == 0};
  }

  /// After `bring_in`: whether a point on the wall is certainly one of a facet.
  bool is_on_facet(Dictionary& dictionary, int id, const Brought& at) {
    return at.column >= 0 && points_.find_on_wall(dictionary, id, at.column);
  }

  Dictionary& of(const Node& node) { return *dictionaries_[node.dictionary]; }
  const Dictionary& of(const Node& node) const {
    return *dictionaries_[node.dictionary];
  }

  Dictionary& dictionary_at(int i) {
    while (static_cast<int>(dictionaries_.size()) <= i) {
      dictionaries_.push_back(std::make_unique<Dictionary>(dim_, walls_, shared_));
    }
    return *dictionaries_[i];
  }

  /// On a product of half-lines, one a unit of layer l, only active units matter.
  void drop_coordinates(std::size_t l, Dictionary& dictionary) {
    const FloatLayer& layer = floats_.layers[l];
    std::vector<bool>& kept = kept_;
    kept.assign(dim_ + 1, true);
    int n_active_coordinates = 0;
    for (int id = static_cast<int>(start_.n_domain); id < walls_.size(); ++id) {
      const int unit = walls_[id].wall.unit;
      const bool active = is_active(layer, unit, state_.digits[l][unit]);
      kept[walls_[id].coordinate] = active;
      n_active_coordinates += active;
    }
    // Others that are active are functions of all coordinates.
    if (n_active(layer, state_.digits[l]) > n_active_coordinates) return;
    dictionary.keep_coordinates(kept);
    signs_.keep_coordinates(kept);
  }

  /// Distances of the stage's hyperplanes from the vertex.
  void measure(const Stage& stage, const Node& node) {
    of(node).vertex(vertex_.data());
    const double* const table = stage.table.data();
    for (int i = 0; i < stage.padded; i += n_lanes) {
      Lanes value = lanes_at(table + i);
      for (int k = 1; k <= dim_; ++k) {
        value += lanes_at(table + k * stage.padded + i) * broadcast(vertex_[k - 1]);
      }
      put_lanes(distances_ + i, magnitude(value));
    }
  }

  int farthest(std::uint64_t open) const {
    int best = __builtin_ctzll(open);
    for (open &= open - 1; open != 0; open &= open - 1) {
      const int bit = __builtin_ctzll(open);
      if (distances_[bit] > distances_[best]) best = bit;
    }
    return best;
  }

  int id_of(const Wall& wall) const {
    for (int id = static_cast<int>(start_.n_domain); id < walls_.size(); ++id) {
      const Wall& own = walls_[id].wall;
      if (own.layer == wall.layer && own.unit == wall.unit && own.index == wall.index) {
        return id;
      }
    }
    return -1;
  }

  /// The wall's name in a certificate.
  void call(int id) {
    if (state_.trace) walls_.call(id, state_.trace->name_of(walls_[id].wall));
  }

  const Start& start_;
  PathState& state_;
  const int dim_;
  const FloatNetwork& floats_;
  Decisions& decisions_;
  PathWalls walls_;  // of the path: domain, start units, splits
  DictionaryIntegers integers_;
  DictionarySupports supports_;
  DictionarySigns signs_;
  DictionaryPoints points_;
  DictionaryScratch shared_;
  std::vector<std::unique_ptr<Dictionary>> dictionaries_;
  int n_dictionaries_ = 0;
  std::vector<Cut> cuts_;
  std::vector<bool> kept_;
  double distances_[stage_size];
  std::vector<double> row_, vertex_;
};

}  // namespace polyregions::POLYREGIONS_ISA
