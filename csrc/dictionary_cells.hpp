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
#include <memory>
#include <vector>

#include "bottleneck.hpp"
#include "dictionary.hpp"
#include "dictionary_proofs.hpp"
#include "dictionary_start.hpp"
#include "path_state.hpp"
#include "polyhedron.hpp"
#include "support.hpp"
#include "tableau.hpp"

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
        proofs_(start, walls_),
        chain_(floats_),
        sides_(dim_ + 1, 1.0),
        g_(dim_ + 1),
        t_(dim_),
        point_(dim_),
        halves_{std::vector<double>(dim_), std::vector<double>(dim_)} {
    for (std::vector<double>* v : {&transformed_, &nu_, &scratch_}) {
      v->resize(padded_width(dim_));
    }
  }

  /// Pre-activations of the first cutting layer, in the coordinates of the rows.
  static AffineMap first_rows(const Start& start, PathState&) { return start.first; }

  struct Mark {
    int n_dictionaries, n_walls;
    std::size_t n_cuts, n_bottlenecks;
  };
  Mark mark() const {
    return {n_dictionaries_, walls_.size(), cuts_.size(), chain_.size()};
  }
  void release(const Mark& mark) {
    n_dictionaries_ = mark.n_dictionaries;
    walls_.resize(mark.n_walls);
    cuts_.resize(mark.n_cuts);
    chain_.release(mark.n_bottlenecks);
  }

  static int n_start_units(const Start& start) {
    return static_cast<int>(start.n_units());
  }
  static const Wall& start_unit(const Start& start, int k) {
    return start.walls[start.n_domain + static_cast<std::size_t>(k)].wall;
  }

  Node start(std::uint64_t index, std::vector<std::uint8_t>& lo,
             std::vector<std::uint8_t>& hi) {
    std::fill(sides_.begin(), sides_.end(), 1.0);
    if (start_.central) sides_[0] = 0.0;
    for (std::size_t k = 0; k < start_.n_units(); ++k) {
      const int id = static_cast<int>(start_.n_domain + k);
      const bool above = (index >> k & 1) != 0;
      (above ? lo : hi)[walls_[id].wall.unit] = above ? 1 : 0;
      walls_.turn(id, above ? 1 : -1);
      sides_[walls_[id].coordinate] = above ? 1.0 : -1.0;
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
    // Behind fewer active units than coordinates matter there is a bottleneck.
    chain_.enter_layer(l, state_, before, dictionary);
  }

  /// What does not cut the whole cell cuts no part of it: most units of deep layers.
  void settle(std::size_t l, const Node& node, std::size_t block,
              std::vector<std::uint8_t>& lo, std::vector<std::uint8_t>& hi) {
    const FloatLayer& layer = floats_.layers[l];
    proofs_.forget();
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

  /// The stage's rows side by side over their sizes.
  void load(Stage& stage, const Node&, std::size_t block) {
    stage.block = block;
    stage.padded = (stage.n + n_lanes - 1) / n_lanes * n_lanes;
    stage.table.assign(static_cast<std::size_t>(dim_ + 1) * stage.padded, 0.0);
    for (int i = 0; i < stage.n; ++i) {
      const Stage::Cut& cut = stage.cuts[i];
      state_.rows.row(stage.layer, cut.unit, cut.index, block, g_.data());
      double size = 0.0;
      for (int k = 1; k <= dim_; ++k) size += std::fabs(g_[k]);
      for (int k = 0; k <= dim_; ++k) stage.table[k * stage.padded + i] = g_[k] / size;
    }
  }

  /// The open hyperplanes in turn, up to the first that cuts.  Those farthest from the
  /// vertex come first: what does not cut is better found before the cell is split.
  Probe probe(const Stage& stage, const Node& node, std::uint64_t open) {
    Probe out;
    out.open = open;
    proofs_.forget();
    if ((open & (open - 1)) != 0) measure(stage, node);
    while (out.open != 0) {
      const int bit = farthest(out.open);
      const Side side = ask(node, stage.wall(bit), stage.block);
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
    if (column_ < 0) return false;  // integers say so, and the dictionary lost its way
    const int id = walls_.size();
    push_wall(stage.wall(bit));
    if (state_.question.felt != nullptr && resembles_another(id)) {
      of(node).generic = false;
    }
    of(node).enter(transformed_.data(), column_, id);
    cuts_.push_back({id, column_});
    return true;
  }

  /// After `cut`: true when a point on the wall shows that both children are there.
  bool shows_both(const Node& node) {
    if constexpr (!proves_everything) return !state_.trace;
    const Cut& cut = cuts_.back();
    const Dictionary& dictionary = of(node);
    if (!dictionary.centre(t_.data(), scratch_.data(), cut.column) ||
        !walls_.carries_facet(cut.wall, t_.data())) {
      return false;
    }
    if (state_.audits()) state_.expect(both_are_there(cut.wall));
    decisions_.point += 2;
    if (state_.trace) {
      dictionary.halves(t_.data(), cut.column, halves_[0].data(), halves_[1].data());
    }
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
    point = point_.data();
    if (finds_witness(of(node))) {
      if (state_.audits()) state_.expect(is_inside(t_.data()));
      ++decisions_.point;
      lift();
      return true;
    }
    ++decisions_.exact;
    const auto inside = open_point(dim_, walls(node));
    for (int k = 0; k < dim_ && inside; ++k) {
      point_[k] = rounded_quotient(inside->numerators[k], inside->denominator);
    }
    return inside.has_value();
  }

  // For a certificate, see dictionary_proofs.hpp.
  void begin_claims(const Node&) {}
  Shows support(const Wall& wall, bool, std::size_t, std::vector<int>& names) const {
    return proofs_.support(wall, names);
  }

  /// After `leaf`: a point inside, or none.
  void dyadic(const Node&, Trace::Dyadic& out) {
    proofs_.dyadic(point_, nullptr, out);
    inside_ = point_;
  }

  /// After `shows_both`: the children by their points alone, for `half`.
  static void halve(const Stage&, const Node&, int) {}
  const double* half(int side, Trace::Dyadic& out) {
    walls_.turn(cuts_.back().wall, side);
    t_ = halves_[side > 0];
    lift();
    proofs_.dyadic(point_, t_.data(), out);
    return point_.data();
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
    int column = 0;
    if (!dictionary.is_gone(handle)) {
      column = dictionary.bring_in(handle, transformed_.data());
      if (column < 0) return Facet::unknown;
      if (column == 0) return seems_redundant(dictionary, handle);
    }
    bool shown = dictionary.centre(t_.data(), scratch_.data(), column);
    if (column == 0) t_[walls_[handle].coordinate - 1] = 0.0;
    shown = shown && walls_.carries_facet(handle, t_.data());
    return shown ? Facet::yes : Facet::unknown;
  }

  /// After `dyadic`.
  void wall_proof(const Node& node, const Wall& wall, Trace::WallProof& out) {
    const int id = id_of(wall);
    if (id < 0) return;
    const Facet found = facet(node, id);
    if (found == Facet::no) {
      remember(of(node), walls_[id].wall, walls_[id].wall.orientation);
      return proofs_.take_support(out.support);
    }
    if (found == Facet::unknown) return;
    lift();
    out.on_facet.assign(point_.begin(), point_.begin() + dim_);
    walls_.turn(id, -wall.orientation);
    proofs_.beyond(id, inside_, out.on_facet, out.beyond);
    walls_.turn(id, wall.orientation);
  }

  /// Exact rows > 0 that bound the cell.
  std::vector<Row> walls(const Node&) {
    std::vector<Row> rows;
    if (start_.central) rows = state_.question.problem.search.rows;
    for (int id = 0; id < walls_.size(); ++id) rows.push_back(exact(id));
    return rows;
  }

 private:
  struct Cut {
    int wall = 0, column = 0;
  };

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
    for (int k = 1; k <= dim_; ++k) {
      if (!kept[k]) sides_[k] = 0.0;
    }
  }

  /// t_: a point of the cell.
  bool finds_witness(Dictionary& dictionary) {
    for (const bool again : {false, true}) {
      if (again && !dictionary.rebuild(dictionary.basis())) return false;
      if (dictionary.centre(t_.data(), scratch_.data()) &&
          (!proves_everything || walls_.contain(t_.data()))) {
        return true;
      }
    }
    return false;
  }

  /// Distances of the stage's hyperplanes from the vertex.
  void measure(const Stage& stage, const Node& node) {
    of(node).vertex(t_.data());
    const double* const table = stage.table.data();
    for (int i = 0; i < stage.padded; i += n_lanes) {
      Lanes value = lanes_at(table + i);
      for (int k = 1; k <= dim_; ++k) {
        value += lanes_at(table + k * stage.padded + i) * broadcast(t_[k - 1]);
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

  /// point_ = t_ in the search's exact coordinates, rounded.
  void lift() {
    for (int k = 0; k < dim_; ++k) {
      const std::vector<double>& row = start_.lift_values[k];
      point_[k] = row[0];
      for (int j = 0; j < dim_; ++j) point_[k] += row[j + 1] * t_[j];
    }
    // Towards the centre until it is in the domain.
    double outside = 0.0;
    for (const std::vector<double>& row : start_.around) {
      double fall = 0.0;
      for (int k = 0; k < dim_; ++k) fall -= row[k + 1] * point_[k];
      outside = std::fmax(outside, 2.0 * fall / row[0]);
    }
    for (int k = 0; k < dim_ && outside > 1.0; ++k) point_[k] /= outside;
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

  Facet seems_redundant(Dictionary& dictionary, int id) {
    const PathWalls::Info& own = walls_[id];
    std::copy_n(walls_.row(id), dim_ + 1, g_.begin());
    g_radius_ = own.radius;
    const int sign = own.wall.orientation;
    for (double& v : transformed_) v *= sign;
    return proves(dictionary, own.wall, sign) ? Facet::no : Facet::unknown;
  }

  // Audits: points once more, in integers.

  bool is_inside(const double* t) {
    const auto at = dyadic_point(t, dim_);
    if (!at) return false;
    RationalPoint y;
    y.denominator = start_.lift.scale * at->denominator;
    for (const Row& row : start_.lift.rows) {
      y.numerators.push_back(value_at(row, at->numerators, at->denominator));
    }
    return (start_.central || all_positive(walls({}), y)) && has_its_digits(y);
  }

  /// Units that do not cut too, but for those on a break.
  bool has_its_digits(const RationalPoint& y) {
    const Problem& problem = state_.question.problem;
    for (const PatternLayout::Column& c : problem.layout.columns) {
      if (state_.on_break[problem.layout.column_of[c.layer][c.unit]]) continue;
      const int digit = state_.digits[c.layer][c.unit];
      for (int j = 0; j < n_breaks(problem.network.layers[c.layer], c.unit); ++j) {
        const Row row = state_.path.break_row_of(c.layer, c.unit, j);
        const Integer value = value_at(row, y.numerators, y.denominator);
        if (value.sign() != (j < digit ? 1 : -1)) return false;
      }
    }
    return true;
  }

  bool both_are_there(int id) {
    for (const int side : {-1, 1}) {
      walls_.turn(id, side);
      if (!open_point(dim_, walls({}))) return false;
    }
    return true;
  }

  Row exact(int wall) { return state_.path.row(walls_[wall].wall); }

  /// Side of the row on the cell; for `both` the transformed row and column to enter.
  Side ask(const Node& node, const Wall& wall, std::size_t block) {
    Dictionary& dictionary = of(node);
    if (start_.central && chain_.rank(dictionary) == 0) {
      // Without constants and without active units there is nothing but 0.
      ++decisions_.constant;
      dictionary.generic = false;
      return Side::zero;
    }
    g_radius_ = state_.rows.row(wall.layer, wall.unit, wall.index, block, g_.data());
    double size = 0.0, linear = 0.0;
    bool finite = g_radius_ < INFINITY;
    for (int k = 0; k <= dim_; ++k) {
      const double entry = std::fabs(g_[k]);
      finite = finite && entry < INFINITY;
      size = entry > size ? entry : size;
      if (k > 0) linear = entry > linear ? entry : linear;
    }
    if (size > g_radius_ && is_constant_on(dictionary)) {
      dictionary.transform(g_.data(), transformed_.data());
      return certified(dictionary, wall, transformed_[0] > 0.0 ? 1 : -1);
    }
    // A row that may be zero could seem to cut and leave both children empty; of one
    // that is not at least one child is there.
    const bool may_vanish = !(size > 1.001 * g_radius_);
    if (!finite || may_vanish || linear == 0.0 || size < 0x1p-900 || size > 0x1p900) {
      return exact_side(dictionary, wall);
    }
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
      if (!proves(dictionary, wall, sign)) continue;
      // Of a cell that only floating point believes in everything is true.
      if (state_.audits() &&
          side_in_integers(dictionary, wall) != static_cast<Side>(sign)) {
        state_.expect(!open_point(dim_, walls(node)).has_value());
      }
      return certified(dictionary, wall, sign);
    }
    if (has_multipliers) {
      const Side side = side_of_support(dictionary, wall);
      if (side != Side::both) {
        ++decisions_.exact;
        dictionary.generic = false;
        return side;
      }
    }
    return exact_side(dictionary, wall);
  }

  /// In integers, by the walls that the dictionary takes anything of; `both` in doubt.
  Side side_of_support(const Dictionary& dictionary, const Wall& wall) {
    double most = 0.0;
    for (int j = 0; j <= dictionary.n_columns(); ++j) {
      most = std::fmax(most, std::fabs(transformed_[j]));
    }
    std::vector<Row> rows;
    for (int j = dictionary.is_central() ? 0 : 1; j <= dictionary.n_columns(); ++j) {
      if (std::fabs(transformed_[j]) < zero_entry * most) continue;
      rows.push_back(exact(dictionary.column_wall(j)));
    }
    return side_by_support(state_.path.break_row_of(wall.layer, wall.unit, wall.index),
                           rows);
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

  /// True when the wall just made may be on the hyperplane of another one of the path.
  bool resembles_another(int id) const {
    constexpr double alike = 1e-6;
    const double* const own = walls_.row(id);
    int m = 0;
    for (int k = 1; k <= dim_; ++k) {
      if (std::fabs(own[k]) > std::fabs(own[m])) m = k;
    }
    for (int i = 0; i < id; ++i) {
      const double* const other = walls_.row(i);
      if (walls_[id].radius > 1e-3 * alike || walls_[i].radius > 1e-3 * alike) {
        return true;
      }
      const double factor = other[m] / own[m];
      double apart = 0.0;
      for (int k = 0; k <= dim_; ++k) {
        const double entry = std::fabs(other[k] - factor * own[k]);
        apart = entry > apart ? entry : apart;
      }
      if (!(apart > alike)) return true;
    }
    return false;
  }

  void remember(const Dictionary& dictionary, const Wall& wall, int sign) {
    proofs_.remember(dictionary, chain_, wall, state_.digits,
                     {g_.data(), g_radius_, sign, transformed_.data()});
  }

  /// The wall's name in a certificate.
  void call(int id) {
    if (state_.trace) walls_.call(id, state_.trace->name_of(walls_[id].wall));
  }

  Side certified(Dictionary& dictionary, const Wall& wall, int sign) {
    ++decisions_.filter;
    if (state_.trace) remember(dictionary, wall, sign);
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
    const Side side = side_in_integers(dictionary, wall);
    if (side != Side::both || !dictionary.rebuild(exact_basis_) ||
        dictionary.find_sign(g_.data(), transformed_.data(), column_) !=
            Dictionary::Found::cuts) {
      column_ = -1;
    }
    return side;
  }

  /// exact_basis_: walls through the vertex where all of them were asked.
  Side side_in_integers(const Dictionary& dictionary, const Wall& wall) {
    const Row row = state_.path.break_row_of(wall.layer, wall.unit, wall.index);
    exact_basis_.clear();
    if (is_constant(row)) return static_cast<Side>(sign(row[0]));
    // The walls of the basis prove most; all walls decide the rest.
    Tableau tableau(dim_);
    std::vector<bool> in_basis(walls_.size(), false);
    std::vector<int> basis = dictionary.basis();
    if (dictionary.is_central()) basis.push_back(dictionary.column_wall(0));
    for (const int id : basis) {
      in_basis[id] = true;
      if (!tableau.restrict_to(exact(id), id)) return Side::both;
    }
    const Side side = tableau.test(row).side;
    if (side != Side::both) return side;
    for (int id = 0; id < walls_.size(); ++id) {
      if (!in_basis[id] && !tableau.restrict_to(exact(id), id)) return Side::both;
    }
    const Tableau::Test test = tableau.test(row);
    if (dictionary.is_central()) return test.side;  // its vertex is no slice's
    for (const int id : tableau.column_ids()) {
      if (id >= 0 && !dictionary.is_gone(id)) exact_basis_.push_back(id);
    }
    return test.side;
  }

  /// The wall asked about last, scaled; the transformed row is scaled with it.
  void push_wall(const Wall& wall) {
    double size = 0.0;
    for (const double v : g_) size = std::fabs(v) > size ? std::fabs(v) : size;
    const double factor = normaliser(size);
    walls_.push(wall, g_.data(), factor, g_radius_ * factor + 0x1p-1060);
    for (double& v : transformed_) v *= factor;
  }

  const Start& start_;
  PathState& state_;
  const int dim_;
  const FloatNetwork& floats_;
  Decisions& decisions_;
  PathWalls walls_;  // of the path: domain, start units, splits
  DictionaryProofs proofs_;
  DictionaryScratch shared_;
  std::vector<std::unique_ptr<Dictionary>> dictionaries_;
  int n_dictionaries_ = 0;
  std::vector<Cut> cuts_;
  BottleneckChain chain_;
  std::vector<double> sides_;  // (dim + 1): 1, and on which side of 0 coordinates lie
  std::vector<bool> kept_;
  double distances_[stage_size];
  std::vector<double> g_, transformed_, nu_, t_, point_, inside_, scratch_;
  std::vector<double> halves_[2];  // points below and above the newest wall
  Combination combination_;
  std::vector<int> exact_basis_;
  double g_radius_ = 0.0;
  int column_ = -1;
};

}  // namespace polyregions::POLYREGIONS_ISA
