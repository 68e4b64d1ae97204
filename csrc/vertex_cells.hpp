// SPDX-License-Identifier: MIT
// The cells of the vertex engine: generators on a common pool, walls in slots,
// certified signs and splitting.
//
// Signs of a unit at all generators of a cell settle everything: + at one and - at
// another, it cuts the cell and both children are full-dimensional; all >= 0 and one
// > 0, it does not cut.  Each sign is certified by the bounds of cone.hpp or taken from
// exact integers, and adjacency of generators is combinatorial, so no rounding decides
// anything and neither leaf witnesses nor Farkas multipliers are needed.
//
// Invariants: a corner's `incident` bits name all walls of the current path on which
// its generator lies, exactly; a generator is within its radius of the point that its
// `defining` walls determine; in a stage, a corner's signs are right for every open
// hyperplane (neither above nor below: on it).
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "generator_pool.hpp"
#include "isa.hpp"
#include "path_state.hpp"
#include "stack.hpp"
#include "vertex_corners.hpp"
#include "vertex_edges.hpp"
#include "vertex_points.hpp"
#include "vertex_signs.hpp"
#include "vertex_start.hpp"
#include "vertex_supports.hpp"

namespace polyregions::POLYREGIONS_ISA {

template <int D>
class VertexCells {
 public:
  using Start = VertexStart;
  static constexpr bool children_are_certain = true;

  using FloatRow = ScaledRow<D>;
  using Node = VertexNode;

  VertexCells(const Start& start, PathState& state)
      : start_(start),
        state_(state),
        problem_(state.question.problem),
        floats_(state.question.floats),
        pool_(state),
        signs_(state, pool_),
        supports_(state, pool_),
        points_(pool_),
        edges_(pool_, corners_) {}

  struct Mark {
    std::size_t corners, generators, n_saved;
  };
  Mark mark() const { return {corners_.size(), pool_.size(), saved_.size()}; }
  void release(const Mark& mark) {
    corners_.resize(mark.corners);
    pool_.resize(mark.generators);
    for (; saved_.size() > mark.n_saved; saved_.pop_back()) {
      pool_.slots[saved_.back().number] = saved_.back().slot;
    }
  }

  /// Pre-activations of the first cutting layer, in the coordinates of the rows.
  static AffineMap first_rows(const Start&, PathState& state) {
    return state.path.map(state.question.span.first);
  }

  static int n_start_units(const Start& start) {
    return static_cast<int>(start.units.size());
  }
  static const Wall& start_unit(const Start& start, int k) { return start.units[k]; }

  Node start(std::uint64_t index, std::vector<std::uint8_t>& lo,
             std::vector<std::uint8_t>& hi) {
    for (std::size_t k = 0; k < start_.units.size(); ++k) {
      const bool above = (index >> k & 1) != 0;
      (above ? lo : hi)[start_.units[k].unit] = above ? 1 : 0;
    }
    std::size_t next_unit = 0;
    std::vector<Row> exact;
    for (std::size_t i = 0; i < start_.walls.size(); ++i) {
      Wall wall = start_.walls[i];
      if (wall.layer >= 0) wall.orientation = (index >> next_unit++ & 1) ? 1 : -1;
      exact.push_back(state_.path.row(wall));
      pool_.slots[i] = {wall, pool_.rounded_row(exact.back()), true};
      call(static_cast<int>(i));
    }
    exact.push_back(state_.path.row(Wall{}));
    pool_.slots[infinity_slot] = {Wall{}, pool_.rounded_row(exact.back())};
    const std::vector<std::uint64_t> incident = pool_.begin_cone(exact);
    Node node{top(), D + 1, true, true};
    Corner* const corners = corners_.push(D + 1);
    for (std::uint32_t i = 0; i <= D; ++i) corners[i] = {incident[i], 0, 0, i, false};
    cut_domain(node);
    return node;
  }

  /// Rays on which all that comes later vanishes are marked.
  void enter_layer(std::size_t l, Node& node, std::size_t) {
    if (l == state_.question.span.first) return;
    // The corners are shared with the layer before, until one changes.
    bool own = false;
    for (int i = 0; i < node.size; ++i) {
      const Corner& corner = corners_[node.begin + i];
      if (corner.dead || !pool_[corner.generator].is_ray || !dies_before(l, corner)) {
        continue;
      }
      if (!own) node = copied(node);
      own = true;
      corners_[node.begin + i].dead = true;
    }
  }

  void settle(std::size_t l, Node& node, std::size_t block,
              std::vector<std::uint8_t>& lo, std::vector<std::uint8_t>& hi) {
    const UnitSigns* known = nullptr;
    if (makes_groups(l)) {
      supports_.begin(span_of(node));
      known = supports_.find_groups(l, block);
    }
    signs_.settle(l, corners_of(node), block, lo, hi, known);
  }

  void load(Stage& stage, Node& node, std::size_t block) {
    signs_.fill_table(stage, block);
    node = copied(node);
    for (int i = 0; i < node.size; ++i) {
      node.generic &= signs_.look(stage, stage.all(), corners_[node.begin + i]);
    }
  }

  Probe probe(const Stage& stage, const Node& node, std::uint64_t open) const {
    const CornerSigns at = signs_at(span_of(node));
    Probe out;
    out.open = at.above & at.below & open;
    out.above = at.above & ~at.below & open;
    out.below = at.below & ~at.above & open;
    if (out.open != 0) out.split = D == 1 ? middle(stage, out.open) : first(out.open);
    return out;
  }

  /// After `cut`: the leaves below both children, if none has more than two; else 0.
  int n_leaves(const Node& node, int bit, std::uint64_t rest) const {
    const Saved& cut = saved_.back();
    CornerSpan fresh{nullptr, cut.size};
    if (cut.size > 0) fresh.first = &corners_[cut.begin];
    return n_leaves_beside(span_of(node), fresh, bit, rest);
  }

  /// Corners where the hyperplane meets the cell's edges; both children share them.
  bool cut(const Stage& stage, const Node& node, int bit, std::uint64_t rest) {
    const int slot = free_slot(node);
    const FloatRow row = signs_.stage_row(stage, bit);
    if (slot < 0 || !row.valid) return false;
    push_wall(node, bit, slot, stage.wall(bit), row);
    for (std::size_t i = saved_.back().begin; i < corners_.size(); ++i) {
      saved_.back().generic &= signs_.look(stage, rest, corners_[i]);
    }
    return true;
  }

  Node child(const Stage&, const Node& node, int bit, int side) {
    const Saved cut = saved_.back();
    pool_.slots[cut.number].wall.orientation = side;
    call(cut.number);
    Node out{top(), 0, node.simple, cut.generic};
    Corner* to = corners_.push(static_cast<std::size_t>(node.size + cut.size));
    const Corner* const from = &corners_[node.begin];
    const Corner* const fresh = &corners_[cut.begin];
    const std::uint64_t mask = std::uint64_t{1} << bit;
    for (int i = 0; i < node.size; ++i) {
      const std::uint64_t other = side > 0 ? from[i].below : from[i].above;
      if ((other & mask) != 0) continue;
      *to = from[i];
      if (((from[i].above | from[i].below) & mask) == 0) {
        to->incident |= std::uint64_t{1} << cut.number;
        out.simple = false;
      }
      ++to;
    }
    to = std::copy(fresh, fresh + cut.size, to);
    out.size = static_cast<std::uint16_t>(to - &corners_[out.begin]);
    corners_.resize(std::size_t{out.begin} + out.size);
    if (!out.simple) out.simple = is_simple(span_of(out), D);
    return out;
  }

  /// A point inside, in floating point: the vertices' mean and a step along each ray.
  bool leaf(const Node& node, bool wants_point, const double*& point) {
    if (!wants_point) return true;
    std::fill(centre_, centre_ + D, 0.0);
    int n_vertices = 0;
    for (int i = 0; i < node.size; ++i) {
      const Generator<D>& g = pool_[corners_[node.begin + i].generator];
      n_vertices += !g.is_ray;
      for (int k = 0; k < D && !g.is_ray; ++k) centre_[k] += g.x[k + 1] / g.x[0];
    }
    for (double& c : centre_) c /= std::max(n_vertices, 1);
    for (int i = 0; i < node.size; ++i) {
      const Generator<D>& g = pool_[corners_[node.begin + i].generator];
      for (int k = 0; k < D && g.is_ray; ++k) centre_[k] += g.x[k + 1];
    }
    point = centre_;
    return true;
  }

  // For a certificate, see vertex_supports.hpp and vertex_points.hpp.
  /// Whether `settle` groups what it finds; audits look at claims one by one.
  bool makes_groups(std::size_t l) const {
    return state_.trace && floats_.layers[l].plain && l != state_.question.span.first &&
           state_.question.audit_every == 0;
  }
  void begin_claims(const Node& node) { supports_.begin(span_of(node)); }
  int n_groups() const { return supports_.n_groups(); }
  const Trace::Group& group(int k) const { return supports_.group(k); }
  Shows support(const Wall& wall, bool above, std::size_t block,
                std::vector<int>& names) {
    const int number = supports_.support(wall, above, block, names);
    return {number >= 0 ? Shows::certainly : Shows::unknown, number};
  }
  void dyadic(const Node& node, Trace::Dyadic& out) {
    points_.dyadic(span_of(node), centre_, out);
  }
  /// The children of a node by their points alone, for `half`.
  void halve(const Stage& stage, const Node& node, int bit) {
    const std::uint64_t mask = std::uint64_t{1} << bit;
    points_.halve(span_of(node), signs_.stage_row(stage, bit), mask);
  }
  const double* half(int side, Trace::Dyadic& out) { return points_.half(side, out); }
  void wall_proof(const Node& node, const Wall& wall, Trace::WallProof& out) {
    points_.beyond(span_of(node), wall, centre_, saved_, out);
  }

  bool is_generic(const Node& node) const { return node.generic; }

  /// Walls of the cell that belong to units; `handles` are for `facet`.
  void unit_walls(const Node& node, std::vector<Wall>& walls,
                  std::vector<int>& handles) const {
    for (std::uint64_t used = incident_to_any(node); used != 0; used &= used - 1) {
      const int slot = __builtin_ctzll(used);
      const Wall& wall = pool_.slots[slot].wall;
      if (wall.layer < 0) continue;
      walls.push_back(wall);
      handles.push_back(slot);
    }
  }

  Facet facet(const Node& node, int slot) const {
    return node.simple ? Facet::yes : facet_at(span_of(node), slot);
  }

  /// Exact rows > 0 that bound the cell.
  std::vector<Row> walls(const Node& node) {
    std::uint64_t used = incident_to_any(node) & ~(std::uint64_t{1} << infinity_slot);
    std::vector<Row> rows;
    for (; used != 0; used &= used - 1) {
      rows.push_back(state_.path.row(pool_.slots[__builtin_ctzll(used)].wall));
    }
    return rows;
  }

 private:
  struct Saved {
    int number = 0;
    typename GeneratorPool<D>::Slot slot;  // what the slot held before
    std::size_t begin = 0;                 // of the cut's new corners
    int size = 0;
    bool generic = true;  // of the children
  };

  CornerSpan span_of(const Node& node) const {
    return {&corners_[node.begin], node.size};
  }

  /// The slot's wall has a name in a certificate.
  void call(int slot) {
    if (!state_.trace) return;
    pool_.slots[slot].name = state_.trace->name_of(pool_.slots[slot].wall);
  }

  static int first(std::uint64_t open) { return __builtin_ctzll(open); }

  /// engine="sweep": on a line the breakpoints lie in order, and cutting at the middle
  /// one keeps the tree shallow.  Any other would be as right.
  static int middle(const Stage& stage, std::uint64_t open) {
    std::pair<double, int> breaks[stage_size];
    int n = 0;
    for (std::uint64_t rest = open; rest != 0; rest &= rest - 1) {
      const int bit = first(rest);
      const double at = -stage.table[bit] / stage.table[stage.padded + bit];
      breaks[n++] = {std::fabs(at) < INFINITY ? at : 0.0, bit};
    }
    std::nth_element(breaks, breaks + n / 2, breaks + n);
    return breaks[n / 2].second;
  }

  std::uint32_t top() const { return static_cast<std::uint32_t>(corners_.size()); }

  Corners corners_of(Node& node) {
    return {&corners_[node.begin], node.size, node.generic};
  }

  Node copied(const Node& node) {
    Node out = node;
    out.begin = top();
    Corner* const to = corners_.push(node.size);
    std::copy_n(&corners_[node.begin], node.size, to);
    return out;
  }

  std::uint64_t incident_to_any(const Node& node) const {
    return POLYREGIONS_ISA::incident_to_any(span_of(node));
  }

  int free_slot(const Node& node) const {
    const std::uint64_t used = incident_to_any(node) | std::uint64_t{1}
                                                           << infinity_slot;
    return ~used == 0 ? -1 : __builtin_ctzll(~used);
  }

  /// Cut the start cone with the domain rows that are not among its walls: something is
  /// left, for units among the walls are free where all rows of the domain are not.
  void cut_domain(Node& node) {
    const std::vector<Row>& rows = problem_.search.rows;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool there =
          std::any_of(start_.walls.begin(), start_.walls.end(), [&](const Wall& w) {
            return w.layer == Wall::domain && w.index == static_cast<int>(i);
          });
      if (there) continue;
      const Wall wall{Wall::domain, 0, static_cast<int>(i), 1};
      const FloatRow row = pool_.rounded_row(rows[i]);
      signs_.look_alone(row, wall, corners_of(node));
      const CornerSigns at = signs_at(span_of(node));
      if (at.below == 0) continue;
      if (at.above == 0) throw Error(Status::internal, "a start outside the domain");
      const int slot = free_slot(node);
      if (slot < 0) throw Error(Status::internal, "too many domain rows for a start");
      push_wall(node, 0, slot, wall, row);
      node = child(Stage{}, node, 0, 1);
    }
  }

  /// True for a ray on walls of every active unit of the layer before: all that comes
  /// later is constant along it.  Narrow networks on R^d would otherwise send these
  /// exact zeros to integers.
  bool dies_before(std::size_t l, const Corner& corner) const {
    const FloatLayer& before = floats_.layers[l - 1];
    for (int unit = 0; unit < before.n_out; ++unit) {
      if (before.slope(unit, state_.digits[l - 1][unit]) == 0.0) continue;
      bool on_wall = false;
      for (std::uint64_t rest = corner.incident; rest != 0 && !on_wall;
           rest &= rest - 1) {
        const Wall& wall = pool_.slots[__builtin_ctzll(rest)].wall;
        on_wall = wall.layer == static_cast<int>(l) - 1 && wall.unit == unit;
      }
      if (!on_wall) return false;
    }
    return true;
  }

  /// Hyperplane `bit`, by its row, becomes the wall in a slot, with new corners on the
  /// edges that it crosses.
  void push_wall(const Node& node, int bit, int slot, const Wall& wall,
                 const FloatRow& row) {
    saved_.push_back({slot, pool_.slots[slot], corners_.size(), 0, node.generic});
    pool_.slots[slot] = {wall, row};
    saved_.back().size = edges_.push_crossings(node, bit, slot);
  }

  const Start& start_;
  PathState& state_;
  const Problem& problem_;
  const FloatNetwork& floats_;
  GeneratorPool<D> pool_;
  VertexSigns<D> signs_;
  VertexSupports<D> supports_;
  VertexPoints<D> points_;
  Stack<Corner> corners_;
  VertexEdges<D> edges_;
  std::vector<Saved> saved_;
  double centre_[D];
};

}  // namespace polyregions::POLYREGIONS_ISA
