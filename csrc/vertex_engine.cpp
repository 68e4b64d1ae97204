// SPDX-License-Identifier: MIT
#include "vertex_engine.hpp"

#include <algorithm>
#include <utility>

#include "cone.hpp"
#include "exact_path.hpp"
#include "float_network.hpp"
#include "kernels.hpp"
#include "rational_engine.hpp"
#include "row_blocks.hpp"
#include "search.hpp"
#include "status.hpp"
#include "tableau.hpp"

namespace polyregions {

namespace {

constexpr int infinity_slot = 63;
// Generators less certain than this are computed again from exact integers.
constexpr double worst_radius = 0x1p-20;

/// D independent hyperplanes that every cell has on one side: domain rows, then first
/// breaks of the first cutting layer.  Fewer when there are none.
std::vector<Wall> start_walls(const Problem& problem) {
  const int layer = first_cutting_layer(problem.network);
  const int dim = problem.search.dim;
  std::vector<Wall> walls, chosen;
  std::vector<Row> rows, kept;
  if (layer < 0 || problem.search.empty) return chosen;
  const Digits digits = zero_digits(problem.network);
  ExactPath path(problem, digits);
  for (std::size_t i = 0; i < problem.search.rows.size(); ++i) {
    walls.push_back({Wall::domain, 0, static_cast<int>(i), 1});
  }
  const Layer& first = problem.network.layers[layer];
  for (int unit = 0; unit < first.n_out; ++unit) {
    if (n_breaks(first, unit) > 0) walls.push_back({layer, unit, 0, 1});
  }
  for (const Wall& wall : walls) {
    if (static_cast<int>(chosen.size()) == dim) break;
    kept.push_back(path.row(wall));
    if (pivot_columns(kept, dim).size() == kept.size()) {
      chosen.push_back(wall);
    } else {
      kept.pop_back();
    }
  }
  return chosen;
}

template <int D>
class VertexSearch {
  using Gen = Generator<D>;
  using FloatRow = ScaledRow<D>;
  /// Generators of a cell: a range of the pool.
  struct Cell {
    std::size_t begin = 0;
    int size = 0;
    bool simple = true;  // every generator lies on exactly D walls
  };
  struct Slot {
    Wall wall;
    FloatRow row;
  };

 public:
  VertexSearch(const Problem& problem, Monitor& monitor, bool store)
      : problem_(problem),
        monitor_(monitor),
        store_(store),
        floats_(float_network(problem.network)),
        rows_(floats_, D),
        digits_(zero_digits(problem.network)),
        on_break_(problem.layout.n_columns(), 0),
        path_(problem, digits_),
        pending_(problem.network.layers.size()),
        span_(layer_span(problem.network)) {
    result_.per_layer.assign(problem.network.n_hidden(), 0);
    monitor_.stride = 64;
  }

  Enumeration run() {
    const std::vector<Wall> walls = start_walls(problem_);
    std::vector<Wall> units;
    for (const Wall& w : walls) {
      if (w.layer >= 0) units.push_back(w);
    }
    const unsigned n_starts = 1u << units.size();
    for (unsigned signs = 0; signs < n_starts; ++signs) {
      if (!monitor_.goes_on()) break;
      start(walls, units, signs, 1.0 / n_starts);
    }
    finish_search(result_, monitor_, problem_.network, span_);
    return std::move(result_);
  }

 private:
  // --- the start cones: simplicial, one for each choice of signs
  // ----------------------

  void start(const std::vector<Wall>& walls, const std::vector<Wall>& units,
             unsigned signs, double share) {
    pool_.clear();
    rows_.drop(0);
    std::fill(on_break_.begin(), on_break_.end(), 0);
    Pending& pending = pending_[span_.first];
    pending = all_digits(floats_.layers[span_.first]);
    for (std::size_t k = 0; k < units.size(); ++k) {
      if (signs >> k & 1u) {
        pending.lo[units[k].unit] = 1;
      } else {
        pending.hi[units[k].unit] = 0;
      }
    }
    std::size_t next_unit = 0;
    std::vector<Row> exact;
    for (std::size_t i = 0; i < walls.size(); ++i) {
      slots_[i].wall = walls[i];
      if (walls[i].layer >= 0) {
        slots_[i].wall.orientation = (signs >> next_unit++ & 1u) ? 1 : -1;
      }
      exact.push_back(path_.row(slots_[i].wall));
      slots_[i].row = rounded_row(exact.back());
    }
    slots_[infinity_slot].wall = {};
    exact.push_back(path_.row(slots_[infinity_slot].wall));
    slots_[infinity_slot].row = rounded_row(exact.back());
    Cell cell = simplicial_cone(exact);
    cell = domain_part(cell, walls);
    if (cell.size == 0) return;
    enter_layer(span_.first, span_.hidden_before, cell,
                rows_.rounded(span_.first, path_.map(span_.first)), share);
  }

  /// Generator i vanishes on all rows but row i, where it is positive.
  Cell simplicial_cone(const std::vector<Row>& exact) {
    Cell cell{pool_.size(), D + 1, true};
    positive_.assign(D + 1, 0);  // a functional positive on the cone: the rows' sum
    for (int i = 0; i <= D; ++i) {
      std::vector<Row> others;
      std::vector<int> slots;
      for (int k = 0; k <= D; ++k) {
        if (k == i) continue;
        others.push_back(exact[k]);
        slots.push_back(k == D ? infinity_slot : k);
      }
      std::vector<Integer> v = null_vector(others);
      const int side = sign(dot(exact[i], v));
      if (side == 0) throw Error(Status::internal, "the start walls are dependent");
      if (side < 0) v = negated(std::move(v));
      pool_.push_back(rounded_generator(v, slots));
    }
    // The sum of the rows, each positive somewhere and nonnegative everywhere on the
    // cone; scaled so that none drowns, which leaves that true.
    std::size_t bits = 0;
    for (const Row& row : exact) bits = std::max(bits, size_of(row));
    for (const Row& row : exact) {
      const unsigned shift = static_cast<unsigned>(bits - size_of(row));
      for (int k = 0; k <= D; ++k) positive_[k] += row[k] << shift;
    }
    positive_row_ = rounded_row(positive_);
    return cell;
  }

  /// Cut the start cone with the domain rows that are not among its walls.
  Cell domain_part(Cell cell, const std::vector<Wall>& walls) {
    for (std::size_t i = 0; i < problem_.search.rows.size(); ++i) {
      const bool there = std::any_of(walls.begin(), walls.end(), [&](const Wall& w) {
        return w.layer == Wall::domain && w.index == static_cast<int>(i);
      });
      if (there) continue;
      const Wall wall{Wall::domain, 0, static_cast<int>(i), 1};
      const FloatRow row = rounded_row(problem_.search.rows[i]);
      const Side side = classify(cell, row, wall);
      if (side == Side::positive) continue;
      if (side != Side::both) return {};
      const int slot = free_slot(cell);
      if (slot < 0) throw Error(Status::internal, "too many domain rows for a start");
      slots_[slot] = {wall, row};
      cell = part(cell, slot, 1);
    }
    return cell;
  }

  static std::size_t size_of(const Row& row) {
    std::size_t bits = 0;
    for (const Integer& v : row) {
      if (v != 0) bits = std::max<std::size_t>(bits, msb(Integer(abs(v))));
    }
    return bits;
  }

  FloatRow rounded_row(const Row& exact) const {
    const Integer scale = power_of_two(static_cast<unsigned>(size_of(exact)) + 1);
    double values[D + 1], radius = 0.0;
    for (int k = 0; k <= D; ++k) {
      double r = 0.0;
      values[k] = rounded_with_radius(exact[k], scale, r);
      radius = std::fmax(radius, r);
    }
    return scaled_row<D>(values, radius);
  }

  Gen rounded_generator(const std::vector<Integer>& v, const std::vector<int>& slots) {
    const FloatRow row = rounded_row(v);  // the same scaling
    Gen g;
    std::copy(row.r, row.r + D + 1, g.x);
    g.radius = row.radius;
    for (int k = 0; k < D; ++k) {
      g.defining[k] = static_cast<std::uint8_t>(slots[k]);
      g.incident |= std::uint64_t{1} << slots[k];
    }
    return g;
  }

  FloatRow row_of(std::size_t l, int unit, int index, std::size_t block) const {
    double values[D + 1];
    const double radius = rows_.row(l, unit, index, block, values);
    return raw_row<D>(values, radius);
  }

  // --- signs
  // --------------------------------------------------------------------------

  /// Certified signs of the row at the cell's generators, left in their `side`.
  Side classify(const Cell& cell, const FloatRow& row, const Wall& wall) {
    bool above = false, below = false;
    exact_row_.clear();
    Gen* const generators = pool_.data() + cell.begin;
    for (int i = 0; i < cell.size; ++i) {
      Gen& g = generators[i];
      const double value = value_of(row, g);
      int side = value > 0.0 ? 1 : -1;
      if (g.dead && wall.layer >= 0) {
        side = 0;
      } else if (!(row.valid && std::fabs(value) > value_radius(row, g.radius))) {
        side = exact_sign(g, wall);
      }
      g.side = static_cast<std::int8_t>(side);
      above = above || side > 0;
      below = below || side < 0;
    }
    result_.decisions.filter += cell.size;
    if (above && below) return Side::both;
    return above ? Side::positive : below ? Side::negative : Side::zero;
  }

  int exact_sign(const Gen& g, const Wall& wall) {
    ++result_.decisions.exact;
    --result_.decisions.filter;
    if (exact_row_.empty()) {
      exact_row_ = wall.layer >= 0
                       ? path_.break_row_of(wall.layer, wall.unit, wall.index)
                       : path_.row(wall);
    }
    return sign(dot(exact_row_, exact_generator(g)));
  }

  /// The generator as integers, with the right sign.
  std::vector<Integer> exact_generator(const Gen& g) {
    std::vector<Row> rows;
    for (int k = 0; k < D; ++k) rows.push_back(path_.row(slots_[g.defining[k]].wall));
    std::vector<Integer> v = null_vector(rows);
    const int side = sign(dot(positive_, v));
    if (side == 0) throw Error(Status::internal, "a generator's walls are dependent");
    return side > 0 ? v : negated(std::move(v));
  }

  // --- splitting
  // ----------------------------------------------------------------------

  int free_slot(const Cell& cell) const {
    std::uint64_t used = std::uint64_t{1} << infinity_slot;
    for (int i = 0; i < cell.size; ++i) used |= pool_[cell.begin + i].incident;
    return ~used == 0 ? -1 : __builtin_ctzll(~used);
  }

  /// The part of the cell on one side of the wall in `slot`, after classify.
  Cell part(const Cell& cell, int slot, int side) {
    const std::uint64_t bit = std::uint64_t{1} << slot;
    Cell out{pool_.size(), 0, true};
    for (int i = 0; i < cell.size; ++i) {
      Gen g = pool_[cell.begin + i];
      if (g.side * side < 0) continue;
      if (g.side == 0) g.incident |= bit;
      pool_.push_back(g);
    }
    for (int i = 0; i < cell.size; ++i) {
      if (pool_[cell.begin + i].side <= 0) continue;
      for (int j = 0; j < cell.size; ++j) {
        if (pool_[cell.begin + j].side < 0 && adjacent(cell, i, j)) {
          push_crossing(cell, i, j, slot);
        }
      }
    }
    out.size = static_cast<int>(pool_.size() - out.begin);
    for (int i = 0; i < out.size; ++i) {
      out.simple =
          out.simple && __builtin_popcountll(pool_[out.begin + i].incident) == D;
    }
    return out;
  }

  /// Two generators span an edge when no third one lies on all their common walls.
  bool adjacent(const Cell& cell, int i, int j) const {
    const std::uint64_t common =
        pool_[cell.begin + i].incident & pool_[cell.begin + j].incident;
    const int n = __builtin_popcountll(common);
    if (n < D - 1) return false;
    if (cell.simple) return true;
    for (int k = 0; k < cell.size; ++k) {
      if (k == i || k == j) continue;
      if ((pool_[cell.begin + k].incident & common) == common) return false;
    }
    return true;
  }

  /// The generator where the edge i, j meets the wall in `slot`: on the common walls.
  void push_crossing(const Cell& cell, int i, int j, int slot) {
    const std::uint64_t common =
        pool_[cell.begin + i].incident & pool_[cell.begin + j].incident;
    Gen g;
    g.incident = common | (std::uint64_t{1} << slot);
    int bits[64], n = 0;
    for (std::uint64_t rest = common; rest != 0; rest &= rest - 1) {
      bits[n++] = __builtin_ctzll(rest);
    }
    g.defining[D - 1] = static_cast<std::uint8_t>(slot);
    if (!choose_walls(g, bits, n, 0, 0, false) &&
        !choose_walls(g, bits, n, 0, 0, true)) {
      throw Error(Status::internal, "an edge has too few independent walls");
    }
    pool_.push_back(g);
  }

  /// D - 1 of the common walls that are certainly independent, and the point on them.
  bool choose_walls(Gen& g, const int* bits, int n, int from, int chosen, bool exact) {
    if (chosen == D - 1) return exact ? solve_exactly(g) : solve(g);
    for (int k = from; k <= n - (D - 1 - chosen); ++k) {
      g.defining[chosen] = static_cast<std::uint8_t>(bits[k]);
      if (choose_walls(g, bits, n, k + 1, chosen + 1, exact)) return true;
    }
    return false;
  }

  bool solve(Gen& g) const {
    const FloatRow* rows[D];
    for (int k = 0; k < D; ++k) {
      rows[k] = &slots_[g.defining[k]].row;
      if (!rows[k]->valid) return false;
    }
    if (!positive_row_.valid || !cross_product<D>(rows, g)) return false;
    const double value = value_of(positive_row_, g);
    if (g.radius > worst_radius) return false;
    if (!(std::fabs(value) > value_radius(positive_row_, g.radius))) return false;
    if (value < 0.0) {
      for (double& x : g.x) x = -x;
    }
    return true;
  }

  bool solve_exactly(Gen& g) {
    std::vector<Row> rows;
    std::vector<int> slots;
    for (int k = 0; k < D; ++k) {
      slots.push_back(g.defining[k]);
      rows.push_back(path_.row(slots_[g.defining[k]].wall));
    }
    std::vector<Integer> v = null_vector(rows);
    const int side = sign(dot(positive_, v));
    if (side == 0) return false;
    if (side < 0) v = negated(std::move(v));
    const std::uint64_t incident = g.incident;
    g = rounded_generator(v, slots);
    g.incident = incident;
    ++result_.decisions.exact;
    return true;
  }

  // --- the search
  // ---------------------------------------------------------------------

  void enter_layer(std::size_t l, int hidden, const Cell& cell, std::size_t block,
                   double share) {
    if (l > span_.last) return leaf(cell, share);
    const FloatLayer& layer = floats_.layers[l];
    path_.enter_layer(l);
    Pending& pending = pending_[l];
    if (l != span_.first) pending = all_digits(layer);
    const std::size_t next = l < span_.last ? rows_.biases(l + 1) : 0;
    measure(l, cell, block);
    for (int unit = 0; unit < layer.n_out; ++unit) {
      settle_on_parent(l, unit, cell, block, pending);
      if (pending.lo[unit] < pending.hi[unit]) {
        pending.units.push_back(unit);
      } else {
        decide(l, unit, pending.lo[unit], block, next);
      }
    }
    units(l, hidden, 0, 0, cell, block, next, share);
    if (l < span_.last) rows_.drop(next);
  }

  /// Ranges of the layer's rows over the cell's generators, and their common bounds.
  void measure(std::size_t l, const Cell& cell, std::size_t block) {
    const int stride = floats_.layers[l].stride;
    low_.assign(stride, INFINITY);
    high_.assign(stride, -INFINITY);
    bound_.resize(stride);
    double radius = 0.0;
    for (int i = 0; i < cell.size; ++i) {
      Gen& g = pool_[cell.begin + i];
      if (l > span_.first && !g.dead) g.dead = dies_before(l, g);
      if (g.dead) continue;
      radius = std::fmax(radius, g.radius);
      extend_range(rows_.data(block), g.x, D, stride, low_.data(), high_.data());
    }
    value_radii(rows_.data(block), radius, D, stride, bound_.data());
  }

  /// True for a ray on walls of every active unit of the layer before: all that comes
  /// later is constant along it.  Narrow networks on R^d would otherwise send these
  /// exact zeros to integers.
  bool dies_before(std::size_t l, const Gen& g) const {
    if ((g.incident >> infinity_slot & 1) == 0) return false;
    const FloatLayer& before = floats_.layers[l - 1];
    if (before.units.empty()) return false;
    for (int unit = 0; unit < before.n_out; ++unit) {
      if (before.units[unit].slopes[digits_[l - 1][unit]] == 0.0) continue;
      bool on_wall = false;
      for (std::uint64_t rest = g.incident; rest != 0 && !on_wall; rest &= rest - 1) {
        const Wall& wall = slots_[__builtin_ctzll(rest)].wall;
        on_wall = wall.layer == static_cast<int>(l) - 1 && wall.unit == unit;
      }
      if (!on_wall) return false;
    }
    return true;
  }

  /// What does not cut the whole cell cuts no part of it: most units of deep layers.
  void settle_on_parent(std::size_t l, int unit, const Cell& cell, std::size_t block,
                        Pending& pending) {
    set_flag(l, unit, false);
    const int last = pending.hi[unit];
    if (last == 1 && pending.lo[unit] == 0 &&
        floats_.layers[l].units[unit].breaks[0] == 0.0) {
      // All generators at once, with one bound: it settles nearly every unit.
      if (low_[unit] > bound_[unit]) pending.lo[unit] = 1;
      if (high_[unit] < -bound_[unit]) pending.hi[unit] = 0;
      const bool cuts = low_[unit] < -bound_[unit] && high_[unit] > bound_[unit];
      if (cuts || pending.lo[unit] == pending.hi[unit]) {
        ++result_.decisions.filter;
        return;
      }
    }
    for (int j = pending.lo[unit]; j < last && j < pending.hi[unit]; ++j) {
      const Wall wall{static_cast<int>(l), unit, j, 1};
      const Side side = classify(cell, row_of(l, unit, j, block), wall);
      if (side == Side::both) continue;
      settle(l, unit, j, side, pending.lo[unit], pending.hi[unit]);
    }
  }

  void settle(std::size_t l, int unit, int j, Side side, std::uint8_t& lo,
              std::uint8_t& hi) {
    if (side == Side::positive) {
      lo = static_cast<std::uint8_t>(j + 1);
    } else {
      hi = static_cast<std::uint8_t>(j);
      if (side == Side::zero) set_flag(l, unit, true);
    }
  }

  void decide(std::size_t l, int unit, int digit, std::size_t block, std::size_t next) {
    digits_[l][unit] = static_cast<std::uint8_t>(digit);
    if (l < span_.last) rows_.contribute(l, unit, digit, block, next);
  }

  /// Decide pending units from `at` on; `lo` is the first open digit of the unit there.
  void units(std::size_t l, int hidden, std::size_t at, std::uint8_t lo,
             const Cell& cell, std::size_t block, std::size_t next, double share) {
    const Pending& pending = pending_[l];
    for (; at < pending.units.size(); ++at, lo = 0) {
      const int unit = pending.units[at];
      lo = std::max(lo, pending.lo[unit]);
      std::uint8_t hi = pending.hi[unit];
      while (lo < hi) {
        if (!monitor_.goes_on()) return;
        const Wall wall{static_cast<int>(l), unit, lo, 1};
        const FloatRow row = row_of(l, unit, lo, block);
        const Side side = classify(cell, row, wall);
        if (side == Side::both) {
          if (!store_ && l == span_.last && lo + 1 == hi &&
              at + 1 == pending.units.size()) {
            return two_leaves(hidden, share / 2);
          }
          return split(l, hidden, at, lo, wall, row, cell, block, next, share / 2);
        }
        settle(l, unit, lo, side, lo, hi);
      }
      decide(l, unit, lo, block, next);
    }
    const bool hidden_layer = problem_.network.layers[l].hidden;
    if (hidden_layer) ++result_.per_layer[hidden];
    enter_layer(l + 1, hidden + hidden_layer, cell, next, share);
  }

  void split(std::size_t l, int hidden, std::size_t at, std::uint8_t lo,
             const Wall& wall, const FloatRow& row, const Cell& cell, std::size_t block,
             std::size_t next, double share) {
    const int slot = free_slot(cell);
    const FloatRow scaled = scaled_row<D>(row.r, row.radius);
    if (slot < 0 || !scaled.valid) return exactly(l, hidden, at, lo, cell);
    const Slot saved = slots_[slot];
    const std::size_t pool_size = pool_.size();
    slots_[slot] = {wall, scaled};
    slots_[slot].wall.orientation = -1;
    const Cell below = part(cell, slot, -1);
    const std::size_t copy = l < span_.last ? rows_.copied(l + 1, next) : 0;
    decide(l, wall.unit, lo, block, copy);
    units(l, hidden, at + 1, 0, below, block, copy, share);
    if (l < span_.last) rows_.drop(copy);
    pool_.resize(pool_size);

    path_.enter_layer(l + 1);
    slots_[slot].wall.orientation = 1;
    const Cell above = part(cell, slot, 1);
    units(l, hidden, at, static_cast<std::uint8_t>(lo + 1), above, block, next, share);
    pool_.resize(pool_size);
    slots_[slot] = saved;
  }

  /// Hand the node to exact integers: no slot is left, or a row is beyond doubles.
  void exactly(std::size_t l, int hidden, std::size_t at, std::uint8_t lo,
               const Cell& cell) {
    const Pending& pending = pending_[l];
    Subtree node{l, hidden, digits_, on_break_, pending.lo, pending.hi, {}};
    for (std::size_t k = 0; k < at; ++k) {
      const int unit = pending.units[k];
      node.lo[unit] = node.hi[unit] = digits_[l][unit];
    }
    node.lo[pending.units[at]] = lo;
    std::uint64_t used = 0;
    for (int i = 0; i < cell.size; ++i) used |= pool_[cell.begin + i].incident;
    for (; used != 0; used &= used - 1) {
      const int slot = __builtin_ctzll(used);
      if (slot != infinity_slot) node.rows.push_back(path_.row(slots_[slot].wall));
    }
    continue_rational(problem_, monitor_, store_, std::move(node), result_);
  }

  /// The children of the last unit of the last layer need not be made to be counted.
  void two_leaves(int hidden, double share) {
    for (int side = 0; side < 2; ++side) {
      if (!monitor_.takes_region(0)) return;
      monitor_.share += share;
      if (problem_.network.layers[span_.last].hidden) ++result_.per_layer[hidden];
    }
  }

  void leaf(const Cell& cell, double share) {
    if (!monitor_.takes_region(bytes_of(result_.cells))) return;
    monitor_.share += share;
    if (store_) append_cell(result_.cells, problem_, digits_, on_break_, centre(cell));
  }

  /// A point inside, in floating point: the vertices' mean and a step along each ray.
  const double* centre(const Cell& cell) {
    std::fill(centre_, centre_ + D, 0.0);
    int n_vertices = 0;
    for (int i = 0; i < cell.size; ++i) {
      const Gen& g = pool_[cell.begin + i];
      const bool ray = (g.incident >> infinity_slot & 1) != 0;
      n_vertices += !ray;
      for (int k = 0; k < D && !ray; ++k) centre_[k] += g.x[k + 1] / g.x[0];
    }
    for (double& c : centre_) c /= std::max(n_vertices, 1);
    for (int i = 0; i < cell.size; ++i) {
      const Gen& g = pool_[cell.begin + i];
      if ((g.incident >> infinity_slot & 1) == 0) continue;
      for (int k = 0; k < D; ++k) centre_[k] += g.x[k + 1];
    }
    return centre_;
  }

  void set_flag(std::size_t l, int unit, bool value) {
    const int column = problem_.layout.column_of[l][unit];
    if (column >= 0) on_break_[column] = value;
  }

  const Problem& problem_;
  Monitor& monitor_;
  const bool store_;
  const FloatNetwork floats_;
  RowBlocks rows_;
  Digits digits_;
  std::vector<std::uint8_t> on_break_;
  ExactPath path_;
  std::vector<Pending> pending_;
  const LayerSpan span_;
  Row positive_;  // a functional positive on the start cone but at 0
  FloatRow positive_row_;
  Slot slots_[64];
  std::vector<Gen> pool_;                   // generators of the cells on the path
  std::vector<double> low_, high_, bound_;  // of a layer's rows over a cell
  Row exact_row_;
  double centre_[D];
  Enumeration result_;
};

}  // namespace

bool vertex_engine_applies(const Problem& problem) {
  const int dim = problem.search.dim;
  return !problem.search.empty && dim >= 1 && dim <= 5 &&
         static_cast<int>(start_walls(problem).size()) == dim &&
         problem.search.rows.size() < 40;
}

Enumeration enumerate_vertex(const Problem& problem, Monitor& monitor, bool store) {
  switch (problem.search.dim) {
    case 1:
      return VertexSearch<1>(problem, monitor, store).run();
    case 2:
      return VertexSearch<2>(problem, monitor, store).run();
    case 3:
      return VertexSearch<3>(problem, monitor, store).run();
    case 4:
      return VertexSearch<4>(problem, monitor, store).run();
    default:
      return VertexSearch<5>(problem, monitor, store).run();
  }
}

}  // namespace polyregions
