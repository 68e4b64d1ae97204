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
#include <vector>

#include "generator_pool.hpp"
#include "lanes.hpp"
#include "path_state.hpp"
#include "stack.hpp"
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

  /// Corners of a cell: a range of the stack.
  struct Node {
    std::uint32_t begin = 0;
    std::uint16_t size = 0;
    bool simple = true;  // every corner lies on exactly D walls
    // No unit is zero at a corner but by being a wall there, or dead: no two units
    // meet in one facet.
    bool generic = true;
  };

  VertexCells(const Start& start, PathState& state)
      : start_(start),
        state_(state),
        problem_(state.question.problem),
        floats_(state.question.floats),
        pool_(state),
        signs_(state, pool_),
        supports_(state, pool_),
        points_(pool_) {}

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
    bool own =
        false;  // the corners are shared with the layer before, until one changes
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
    std::uint64_t up = 0, down = 0;
    const Corner* const corners = &corners_[node.begin];
    for (int i = 0; i < node.size; ++i) {
      up |= corners[i].above;
      down |= corners[i].below;
    }
    Probe out;
    out.open = up & down & open;
    out.above = up & ~down & open;
    out.below = down & ~up & open;
    if (out.open != 0) out.split = D == 1 ? middle(stage, out.open) : first(out.open);
    return out;
  }

  /// After `cut`: the leaves below both children, if none has more than two; else 0.
  int n_leaves(const Node& node, int bit, std::uint64_t rest) const {
    const Saved& cut = saved_.back();
    std::uint64_t up = 0, down = 0;  // at the corners that both share
    for (int i = 0; i < cut.size; ++i) {
      up |= corners_[cut.begin + i].above;
      down |= corners_[cut.begin + i].below;
    }
    const Corner* const corners = &corners_[node.begin];
    std::uint64_t up_of[2] = {up, up}, down_of[2] = {down, down};
    for (int i = 0; i < node.size; ++i) {
      const std::uint64_t above = corners[i].above, below = corners[i].below;
      const bool is_above = (above >> bit & 1) != 0, is_below = (below >> bit & 1) != 0;
      // Corners on the hyperplane belong to both.
      up_of[0] |= is_above ? 0 : above;
      down_of[0] |= is_above ? 0 : below;
      up_of[1] |= is_below ? 0 : above;
      down_of[1] |= is_below ? 0 : below;
    }
    int n = 0;
    for (int side = 0; side < 2; ++side) {
      const std::uint64_t open = up_of[side] & down_of[side] & rest;
      if ((open & (open - 1)) != 0) return 0;
      n += open != 0 ? 2 : 1;
    }
    return n;
  }

  /// Corners where the hyperplane meets the cell's edges; both children share them.
  bool cut(const Stage& stage, const Node& node, int bit, std::uint64_t rest) {
    const int slot = free_slot(node);
    const FloatRow row = signs_.stage_row(stage, bit);
    if (slot < 0 || !row.valid) return false;
    saved_.push_back({slot, pool_.slots[slot], corners_.size(), 0, node.generic});
    pool_.slots[slot] = {stage.wall(bit), row};
    push_crossings(node, bit, slot);
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
    if (!out.simple) out.simple = is_simple(out);
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

  /// A wall carries a facet when its corners are not among those of another wall: every
  /// face of a cone lies in a facet.
  Facet facet(const Node& node, int slot) const {
    if (node.simple) return Facet::yes;
    const std::uint64_t own = std::uint64_t{1} << slot;
    std::uint64_t common = ~std::uint64_t{0}, elsewhere = 0;
    for (int i = 0; i < node.size; ++i) {
      const std::uint64_t incident = corners_[node.begin + i].incident;
      if ((incident & own) != 0) {
        common &= incident;
      } else {
        elsewhere |= incident;
      }
    }
    common &= ~own;
    if (common == 0) return Facet::yes;
    // Two walls with the same corners lie on one hyperplane.
    return (common & ~elsewhere) != 0 ? Facet::unknown : Facet::no;
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

  bool is_simple(const Node& node) const {
    for (int i = 0; i < node.size; ++i) {
      if (__builtin_popcountll(corners_[node.begin + i].incident) != D) return false;
    }
    return true;
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
      bool above = false, below = false;
      for (int k = 0; k < node.size; ++k) {
        Corner& corner = corners_[node.begin + k];
        const int side = signs_.careful_sign(corner, row, wall);
        corner.above = side > 0;
        corner.below = side < 0;
        above = above || side > 0;
        below = below || side < 0;
      }
      if (!below) continue;
      if (!above) throw Error(Status::internal, "a start outside the domain");
      const int slot = free_slot(node);
      if (slot < 0) throw Error(Status::internal, "too many domain rows for a start");
      saved_.push_back({slot, pool_.slots[slot], corners_.size(), 0, node.generic});
      pool_.slots[slot] = {wall, row};
      push_crossings(node, 0, slot);
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

  // Splitting.

  /// A new corner on each edge that hyperplane `bit`, now the wall in `slot`, crosses.
  void push_crossings(const Node& node, int bit, int slot) {
    sort_by_side(node, bit);
    const std::uint64_t own = std::uint64_t{1} << slot;
    for (const Side& u : upper_) {
      for (const Side& w : lower_) {
        const std::uint64_t common = u.incident & w.incident;
        if (__builtin_popcountll(common) < D - 1) continue;
        if (!node.simple && !spans_edge(node, u.corner, w.corner, common)) continue;
        const auto generator = static_cast<std::uint32_t>(pool_.size());
        pool_.push_crossing(common, slot);
        *corners_.push(1) = {common | own, 0, 0, generator, false};
      }
    }
    saved_.back().size = static_cast<int>(corners_.size() - saved_.back().begin);
  }

  void sort_by_side(const Node& node, int bit) {
    upper_.clear();
    lower_.clear();
    for (int i = 0; i < node.size; ++i) {
      const Corner& corner = corners_[node.begin + i];
      if ((corner.above >> bit & 1) != 0) upper_.push_back({corner.incident, i});
      if ((corner.below >> bit & 1) != 0) lower_.push_back({corner.incident, i});
    }
  }

  /// Two generators span an edge when no third one lies on all their common walls.
  bool spans_edge(const Node& node, int i, int j, std::uint64_t common) const {
    for (int k = 0; k < node.size; ++k) {
      if (k == i || k == j) continue;
      if ((corners_[node.begin + k].incident & common) == common) return false;
    }
    return true;
  }

  struct Side {
    std::uint64_t incident;
    int corner;
  };

  const Start& start_;
  PathState& state_;
  const Problem& problem_;
  const FloatNetwork& floats_;
  GeneratorPool<D> pool_;
  VertexSigns<D> signs_;
  VertexSupports<D> supports_;
  VertexPoints<D> points_;
  Stack<Corner> corners_;
  std::vector<Saved> saved_;
  std::vector<Side> upper_, lower_;  // of the cell being split
  double centre_[D];
};

}  // namespace polyregions::POLYREGIONS_ISA
