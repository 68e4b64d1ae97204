// SPDX-License-Identifier: MIT
// Points with few bits that are certainly inside a cell, on both sides of a hyperplane
// that cuts it, or beyond one of its facets.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "generator_pool.hpp"
#include "grid_point.hpp"
#include "lanes.hpp"
#include "path_state.hpp"
#include "vertex_supports.hpp"

namespace polyregions::POLYREGIONS_ISA {

inline std::uint64_t incident_to_any(CornerSpan cell) {
  std::uint64_t used = 0;
  for (int i = 0; i < cell.size; ++i) used |= cell.first[i].incident;
  return used;
}

template <int D>
class VertexPoints {
 public:
  using FloatRow = ScaledRow<D>;

  explicit VertexPoints(const GeneratorPool<D>& pool) : pool_(pool) {}

  /// A point inside with few bits, near one that is; in doubt none.
  void dyadic(CornerSpan cell, const double* centre, Trace::Dyadic& out) {
    take_rows(cell);
    dyadic(centre, out);
  }

  /// Both sides of a hyperplane that cuts a cell, for `half`: `row`, with these bits at
  /// the corners.
  void halve(CornerSpan cell, const FloatRow& row, std::uint64_t bit) {
    take_rows(cell);
    add(row, 1);
    double n[2] = {}, values[2] = {};
    Generator<D> part[2] = {};  // below and above: vertices' mean, and a step a ray
    for (const bool ray : {false, true}) {
      for (int i = 0; i < cell.size; ++i) {
        const Corner& corner = cell.first[i];
        const Generator<D>& g = pool_[corner.generator];
        if (g.is_ray != ray) continue;
        const double per = ray ? 1.0 : 1.0 / g.x[0];
        for (int side = 0; side < 2; ++side) {
          if (((side != 0 ? corner.below : corner.above) & bit) != 0) continue;
          n[side] += !ray;
          for (int k = 0; k <= D; ++k) part[side].x[k] += per * g.x[k];
        }
      }
      for (int side = 0; side < 2 && !ray; ++side) {
        for (double& x : part[side].x) x /= std::fmax(n[side], 1.0);
      }
    }
    // Where the way between them crosses the hyperplane; it counts for D vertices.
    for (int side = 0; side < 2; ++side) values[side] = value_of(row, part[side]);
    double middle[D + 1];
    for (int k = 0; k <= D; ++k) {
      middle[k] = values[1] * part[0].x[k] - values[0] * part[1].x[k];
    }
    for (int side = 0; side < 2; ++side) {
      const double own = std::fmax(n[side], 1.0), per = D / middle[0];
      const double all = 1.0 / (own * part[side].x[0] + D);
      for (int k = 0; k < D; ++k) {
        halves_[side][k] = (own * part[side].x[k + 1] + per * middle[k + 1]) * all;
      }
    }
  }

  /// A point inside one of them, in floating point, and one with few bits, or none.
  const double* half(int side, Trace::Dyadic& out) {
    rows_.back().side = side;
    const double* const centre = halves_[side > 0];
    dyadic(centre, out);
    return centre;
  }

  /// A point on the facet of a wall, and one beyond, where there is one to be seen.
  /// `replaced`: walls of the path whose slots are taken; of the path's rows some that
  /// bound the cell nowhere may lie just beyond.  (Rows of the domain that have no slot
  /// follow from those that do: units among the first walls are free of the domain.)
  template <class Saved>
  void beyond(CornerSpan cell, const Wall& wall, const double* centre,
              const std::vector<Saved>& replaced, Trace::WallProof& out) {
    const int own = slot_of(cell, wall);
    if (own < 0 || !on_facet(cell, own, out.on_facet)) return;
    rows_.clear();
    for (int i = 0; i < infinity_slot; ++i) {
      if (i != own) add(pool_.slots[i]);
    }
    for (const Saved& saved : replaced) add(saved.slot);
    double step = 1.0;  // half of the way to the next row
    for (const Side& row : rows_) {
      const double here = row.at(centre), there = row.at(out.on_facet.data());
      if (here > there) step = std::fmin(step, there / (here - there) / 2.0);
    }
    add(pool_.slots[own].row, -pool_.slots[own].side());
    double target[D];
    for (int k = 0; k < D; ++k) {
      target[k] = out.on_facet[k] + step * (out.on_facet[k] - centre[k]);
    }
    dyadic(target, out.beyond);
  }

 private:
  using Slot = typename GeneratorPool<D>::Slot;

  /// A row over its norm, and a side of it; values at points of a size are right to
  /// `off` times the size, or the row is of no use.
  struct Side {
    double r[D + 1];
    double off;
    int side;

    double at(const double* point) const {
      double total = r[0];
      for (int k = 0; k < D; ++k) total += r[k + 1] * point[k];
      return side * total;
    }
  };

  void add(const FloatRow& row, int side) {
    Side& own = rows_.emplace_back();
    const double per = 1.0 / row.norm1;
    for (int k = 0; k <= D; ++k) own.r[k] = row.r[k] * per;
    // Each coefficient is rounded once more.
    own.off =
        row.valid
            ? 1.0001 * (((D + 1) * row.radius + tiny) * per + (D + 5) * unit_roundoff)
            : INFINITY;
    own.side = side;
  }
  void add(const Slot& slot) {
    if (slot.wall.layer != Wall::infinity) add(slot.row, slot.side());
  }

  /// rows_ = those of the cell's walls.
  void take_rows(CornerSpan cell) {
    rows_.clear();
    std::uint64_t walls = incident_to_any(cell) & ~(std::uint64_t{1} << infinity_slot);
    for (; walls != 0; walls &= walls - 1) add(pool_.slots[__builtin_ctzll(walls)]);
  }

  /// Among the walls of the cell; -1 where it is none.
  int slot_of(CornerSpan cell, const Wall& wall) const {
    std::uint64_t walls = incident_to_any(cell) & ~(std::uint64_t{1} << infinity_slot);
    for (; walls != 0; walls &= walls - 1) {
      const int i = __builtin_ctzll(walls);
      const Wall& other = pool_.slots[i].wall;
      if (other.layer == wall.layer && other.unit == wall.unit &&
          other.index == wall.index) {
        return i;
      }
    }
    return -1;
  }

  /// On the right side of rows_: of a grid as wide as the point is far inside.
  void dyadic(const double* near, Trace::Dyadic& out) const {
    double slack = INFINITY;
    for (const Side& row : rows_) {
      const double value = row.at(near);
      slack = value > slack ? slack : value;  // NaN too
    }
    double at[D];
    find_grid_point(near, D, slack, at, out, [&](const double* point) {
      double size = 1.0;
      for (int k = 0; k < D; ++k) size = std::fmax(size, std::fabs(point[k]));
      return is_inside(point, size);
    });
  }

  bool is_inside(const double* point, double size) const {
    for (const Side& row : rows_) {
      if (!(row.at(point) > row.off * size)) return false;
    }
    return true;
  }

  /// A point on a facet, in floating point.
  bool on_facet(CornerSpan cell, int slot, std::vector<double>& point) const {
    point.assign(D, 0.0);
    int n = 0;
    for (const bool ray : {false, true}) {
      for (int i = 0; i < cell.size; ++i) {
        const Corner& corner = cell.first[i];
        const Generator<D>& g = pool_[corner.generator];
        if ((corner.incident >> slot & 1) == 0 || g.is_ray != ray) continue;
        n += !ray;
        for (int k = 0; k < D; ++k) point[k] += ray ? g.x[k + 1] : g.x[k + 1] / g.x[0];
      }
      for (int k = 0; k < D && !ray && n > 0; ++k) point[k] /= n;
    }
    if (n == 0) point.clear();
    return n > 0;
  }

  const GeneratorPool<D>& pool_;
  std::vector<Side> rows_;
  double halves_[2][D];
};

}  // namespace polyregions::POLYREGIONS_ISA
