// SPDX-License-Identifier: MIT
#include "vertex_engine.hpp"

#include <algorithm>
#include <utility>

#include "exact_path.hpp"
#include "float_network.hpp"
#include "kernels.hpp"
#include "rational_engine.hpp"
#include "row_blocks.hpp"
#include "search.hpp"
#include "status.hpp"
#include "tableau.hpp"
#include "vertex_cells.hpp"

namespace polyregions {

namespace {

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
  using Cell = typename VertexCells<D>::Cell;
  using Slot = typename VertexCells<D>::Slot;

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
        cells_(path_, result_.decisions),
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
  void start(const std::vector<Wall>& walls, const std::vector<Wall>& units,
             unsigned signs, double share) {
    cells_.pool.clear();
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
      cells_.slots[i].wall = walls[i];
      if (walls[i].layer >= 0) {
        cells_.slots[i].wall.orientation = (signs >> next_unit++ & 1u) ? 1 : -1;
      }
      exact.push_back(path_.row(cells_.slots[i].wall));
      cells_.slots[i].row = cells_.rounded_row(exact.back());
    }
    cells_.slots[infinity_slot].wall = {};
    exact.push_back(path_.row(cells_.slots[infinity_slot].wall));
    cells_.slots[infinity_slot].row = cells_.rounded_row(exact.back());
    Cell cell = cells_.simplicial_cone(exact);
    cell = domain_part(cell, walls);
    if (cell.size == 0) return;
    enter_layer(span_.first, span_.hidden_before, cell,
                rows_.rounded(span_.first, path_.map(span_.first)), share);
  }

  /// Cut the start cone with the domain rows that are not among its walls.
  Cell domain_part(Cell cell, const std::vector<Wall>& walls) {
    for (std::size_t i = 0; i < problem_.search.rows.size(); ++i) {
      const bool there = std::any_of(walls.begin(), walls.end(), [&](const Wall& w) {
        return w.layer == Wall::domain && w.index == static_cast<int>(i);
      });
      if (there) continue;
      const Wall wall{Wall::domain, 0, static_cast<int>(i), 1};
      const FloatRow row = cells_.rounded_row(problem_.search.rows[i]);
      const Side side = cells_.classify(cell, row, wall);
      if (side == Side::positive) continue;
      if (side != Side::both) return {};
      const int slot = cells_.free_slot(cell);
      if (slot < 0) throw Error(Status::internal, "too many domain rows for a start");
      cells_.slots[slot] = {wall, row};
      cell = cells_.part(cell, slot, 1);
    }
    return cell;
  }

  FloatRow row_of(std::size_t l, int unit, int index, std::size_t block) const {
    double values[D + 1];
    const double radius = rows_.row(l, unit, index, block, values);
    return raw_row<D>(values, radius);
  }

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
      Gen& g = cells_.pool[cell.begin + i];
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
        const Wall& wall = cells_.slots[__builtin_ctzll(rest)].wall;
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
      const Side side = cells_.classify(cell, row_of(l, unit, j, block), wall);
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
        const Side side = cells_.classify(cell, row, wall);
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
    const int slot = cells_.free_slot(cell);
    const FloatRow scaled = scaled_row<D>(row.r, row.radius);
    if (slot < 0 || !scaled.valid) return exactly(l, hidden, at, lo, cell);
    const Slot saved = cells_.slots[slot];
    const std::size_t pool_size = cells_.pool.size();
    cells_.slots[slot] = {wall, scaled};
    cells_.slots[slot].wall.orientation = -1;
    const Cell below = cells_.part(cell, slot, -1);
    const std::size_t copy = l < span_.last ? rows_.copied(l + 1, next) : 0;
    decide(l, wall.unit, lo, block, copy);
    units(l, hidden, at + 1, 0, below, block, copy, share);
    if (l < span_.last) rows_.drop(copy);
    cells_.pool.resize(pool_size);

    path_.enter_layer(l + 1);
    cells_.slots[slot].wall.orientation = 1;
    const Cell above = cells_.part(cell, slot, 1);
    units(l, hidden, at, static_cast<std::uint8_t>(lo + 1), above, block, next, share);
    cells_.pool.resize(pool_size);
    cells_.slots[slot] = saved;
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
    for (int i = 0; i < cell.size; ++i) used |= cells_.pool[cell.begin + i].incident;
    for (; used != 0; used &= used - 1) {
      const int slot = __builtin_ctzll(used);
      if (slot != infinity_slot)
        node.rows.push_back(path_.row(cells_.slots[slot].wall));
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
    if (store_)
      append_cell(result_.cells, problem_, digits_, on_break_, cells_.centre(cell));
  }

  void set_flag(std::size_t l, int unit, bool value) {
    const int column = problem_.layout.column_of[l][unit];
    if (column >= 0) on_break_[column] = value;
  }

  Enumeration result_;
  const Problem& problem_;
  Monitor& monitor_;
  const bool store_;
  const FloatNetwork floats_;
  RowBlocks rows_;
  Digits digits_;
  std::vector<std::uint8_t> on_break_;
  ExactPath path_;
  VertexCells<D> cells_;
  std::vector<Pending> pending_;
  const LayerSpan span_;
  std::vector<double> low_, high_, bound_;  // of a layer's rows over a cell
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
