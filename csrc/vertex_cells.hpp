// SPDX-License-Identifier: MIT
// The cells of the vertex engine: generators on a common pool, walls in slots,
// certified signs and splitting.
//
// Invariant: a generator's `incident` bits name all walls of the current path on which
// it lies, exactly; its coordinates are within its radius of the point that its
// `defining` walls determine.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "cone.hpp"
#include "exact_path.hpp"
#include "status.hpp"
#include "tableau.hpp"

namespace polyregions {

constexpr int infinity_slot = 63;
// Generators less certain than this are computed again from exact integers.
constexpr double worst_radius = 0x1p-20;

template <int D>
class VertexCells {
 public:
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

  VertexCells(ExactPath& path, Decisions& decisions)
      : path_(path), decisions_(decisions) {}

  std::vector<Gen> pool;  // generators of the cells on the path
  Slot slots[64];

  /// Generator i vanishes on all rows but row i, where it is positive.
  Cell simplicial_cone(const std::vector<Row>& exact) {
    Cell cell{pool.size(), D + 1, true};
    positive_.assign(D + 1, 0);  // a functional positive on the cone: the rows' sum
    for (int i = 0; i <= D; ++i) {
      std::vector<Row> others;
      std::vector<int> names;
      for (int k = 0; k <= D; ++k) {
        if (k == i) continue;
        others.push_back(exact[k]);
        names.push_back(k == D ? infinity_slot : k);
      }
      std::vector<Integer> v = null_vector(others);
      const int side = sign(dot(exact[i], v));
      if (side == 0) throw Error(Status::internal, "the start walls are dependent");
      if (side < 0) v = negated(std::move(v));
      pool.push_back(rounded_generator(v, names));
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

  Gen rounded_generator(const std::vector<Integer>& v, const std::vector<int>& names) {
    const FloatRow row = rounded_row(v);  // the same scaling
    Gen g;
    std::copy(row.r, row.r + D + 1, g.x);
    g.radius = row.radius;
    for (int k = 0; k < D; ++k) {
      g.defining[k] = static_cast<std::uint8_t>(names[k]);
      g.incident |= std::uint64_t{1} << names[k];
    }
    return g;
  }

  /// Certified signs of the row at the cell's generators, left in their `side`.
  Side classify(const Cell& cell, const FloatRow& row, const Wall& wall) {
    bool above = false, below = false;
    exact_row_.clear();
    Gen* const generators = pool.data() + cell.begin;
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
    decisions_.filter += cell.size;
    if (above && below) return Side::both;
    return above ? Side::positive : below ? Side::negative : Side::zero;
  }

  int exact_sign(const Gen& g, const Wall& wall) {
    ++decisions_.exact;
    --decisions_.filter;
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
    for (int k = 0; k < D; ++k) rows.push_back(path_.row(slots[g.defining[k]].wall));
    std::vector<Integer> v = null_vector(rows);
    const int side = sign(dot(positive_, v));
    if (side == 0) throw Error(Status::internal, "a generator's walls are dependent");
    return side > 0 ? v : negated(std::move(v));
  }

  int free_slot(const Cell& cell) const {
    std::uint64_t used = std::uint64_t{1} << infinity_slot;
    for (int i = 0; i < cell.size; ++i) used |= pool[cell.begin + i].incident;
    return ~used == 0 ? -1 : __builtin_ctzll(~used);
  }

  /// The part of the cell on one side of the wall in `slot`, after classify.
  Cell part(const Cell& cell, int slot, int side) {
    const std::uint64_t bit = std::uint64_t{1} << slot;
    Cell out{pool.size(), 0, true};
    for (int i = 0; i < cell.size; ++i) {
      Gen g = pool[cell.begin + i];
      if (g.side * side < 0) continue;
      if (g.side == 0) g.incident |= bit;
      pool.push_back(g);
    }
    for (int i = 0; i < cell.size; ++i) {
      if (pool[cell.begin + i].side <= 0) continue;
      for (int j = 0; j < cell.size; ++j) {
        if (pool[cell.begin + j].side < 0 && adjacent(cell, i, j)) {
          push_crossing(cell, i, j, slot);
        }
      }
    }
    out.size = static_cast<int>(pool.size() - out.begin);
    for (int i = 0; i < out.size; ++i) {
      out.simple =
          out.simple && __builtin_popcountll(pool[out.begin + i].incident) == D;
    }
    return out;
  }

  /// Two generators span an edge when no third one lies on all their common walls.
  bool adjacent(const Cell& cell, int i, int j) const {
    const std::uint64_t common =
        pool[cell.begin + i].incident & pool[cell.begin + j].incident;
    const int n = __builtin_popcountll(common);
    if (n < D - 1) return false;
    if (cell.simple) return true;
    for (int k = 0; k < cell.size; ++k) {
      if (k == i || k == j) continue;
      if ((pool[cell.begin + k].incident & common) == common) return false;
    }
    return true;
  }

  /// The generator where the edge i, j meets the wall in `slot`: on the common walls.
  void push_crossing(const Cell& cell, int i, int j, int slot) {
    const std::uint64_t common =
        pool[cell.begin + i].incident & pool[cell.begin + j].incident;
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
    pool.push_back(g);
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
      rows[k] = &slots[g.defining[k]].row;
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
    std::vector<int> names;
    for (int k = 0; k < D; ++k) {
      names.push_back(g.defining[k]);
      rows.push_back(path_.row(slots[g.defining[k]].wall));
    }
    std::vector<Integer> v = null_vector(rows);
    const int side = sign(dot(positive_, v));
    if (side == 0) return false;
    if (side < 0) v = negated(std::move(v));
    const std::uint64_t incident = g.incident;
    g = rounded_generator(v, names);
    g.incident = incident;
    ++decisions_.exact;
    return true;
  }

  /// A point inside, in floating point: the vertices' mean and a step along each ray.
  const double* centre(const Cell& cell) {
    std::fill(centre_, centre_ + D, 0.0);
    int n_vertices = 0;
    for (int i = 0; i < cell.size; ++i) {
      const Gen& g = pool[cell.begin + i];
      const bool ray = (g.incident >> infinity_slot & 1) != 0;
      n_vertices += !ray;
      for (int k = 0; k < D && !ray; ++k) centre_[k] += g.x[k + 1] / g.x[0];
    }
    for (double& c : centre_) c /= std::max(n_vertices, 1);
    for (int i = 0; i < cell.size; ++i) {
      const Gen& g = pool[cell.begin + i];
      if ((g.incident >> infinity_slot & 1) == 0) continue;
      for (int k = 0; k < D; ++k) centre_[k] += g.x[k + 1];
    }
    return centre_;
  }

 private:
  ExactPath& path_;
  Decisions& decisions_;
  Row positive_;  // a functional positive on the start cone but at 0
  FloatRow positive_row_;
  Row exact_row_;
  double centre_[D];
};

}  // namespace polyregions
