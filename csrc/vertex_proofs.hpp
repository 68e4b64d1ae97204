// SPDX-License-Identifier: MIT
// What the vertex engine can say for a certificate: supports, points and points of
// facets of a cell, by its corners.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "generator_pool.hpp"
#include "path_state.hpp"
#include "vertex_signs.hpp"

namespace polyregions::POLYREGIONS_ISA {

struct CornerSpan {
  const Corner* first = nullptr;
  int size = 0;
};

inline std::uint64_t incident_to_any(CornerSpan cell) {
  std::uint64_t used = 0;
  for (int i = 0; i < cell.size; ++i) used |= cell.first[i].incident;
  return used;
}

template <int D>
class VertexProofs {
 public:
  using FloatRow = ScaledRow<D>;

  VertexProofs(const PathState& state, const GeneratorPool<D>& pool)
      : state_(state), pool_(pool) {}

  /// Rows that show on which side of a break the cell lies, in case they certainly do:
  /// the walls of the corner where the function is least.  The corner being simple and
  /// the only one, the function rises along all its edges, so none of its multipliers
  /// is negative, nor is its value there.
  bool support(CornerSpan cell, const Wall& wall, bool above, std::size_t block,
               std::vector<int>& names) const {
    double values[D + 1];
    const auto l = static_cast<std::size_t>(wall.layer);
    const double radius = state_.rows.row(l, wall.unit, wall.index, block, values);
    const FloatRow row = raw_row<D>(values, radius);
    if (!row.valid) return false;
    const Corner* best = nullptr;
    double most = INFINITY, low_of_best = INFINITY, least_other = INFINITY;
    for (int i = 0; i < cell.size; ++i) {
      const Corner& corner = cell.first[i];
      const Generator<D>& g = pool_[corner.generator];
      const double value = above ? value_of(row, g) : -value_of(row, g);
      const double bound = value_radius(row, g.radius), off = g.radius + tiny;
      if (corner.dead) continue;
      if (!(value > bound)) return false;
      if (g.is_ray) continue;
      if (!(g.x[0] > 2.0 * off)) return false;
      const double low = 0.9999999 * (value - bound) / (g.x[0] + off);
      const double high = 1.0000001 * (value + bound) / (g.x[0] - off);
      if (high < most) {
        least_other = std::fmin(least_other, low_of_best);
        low_of_best = low;
        most = high;
        best = &corner;
      } else {
        least_other = std::fmin(least_other, low);
      }
    }
    if (best == nullptr || !(most < least_other)) return false;
    return names_of(best->incident, names);
  }

  /// A point inside with few bits, numerators / 2^exponent, near one that is; in doubt
  /// no numerators.
  void dyadic(CornerSpan cell, const double* centre, long& exponent,
              std::vector<std::int64_t>& numerators) const {
    numerators.clear();
    const std::uint64_t walls =
        incident_to_any(cell) & ~(std::uint64_t{1} << infinity_slot);
    Generator<D> at;
    at.x[0] = 1.0;
    std::copy_n(centre, D, at.x + 1);
    const double slack = least_slack(walls, at);
    if (!(slack > 0x1p-40) || !(slack < INFINITY)) return;
    std::vector<std::int64_t> found(D);
    for (exponent = -1 - std::ilogb(slack); exponent < 50; ++exponent) {
      const int e = static_cast<int>(exponent);
      for (int k = 0; k < D; ++k) {
        const double n = std::nearbyint(std::ldexp(centre[k], e));
        if (!(std::fabs(n) < 0x1p52)) return;
        found[k] = static_cast<std::int64_t>(n);
        at.x[k + 1] = std::ldexp(n, -e);
      }
      if (!(least_slack(walls, at) > 0.0)) continue;
      numerators = std::move(found);
      return;
    }
  }

  /// A point on a facet, in floating point, for a certificate.
  bool on_facet(CornerSpan cell, const Wall& wall, std::vector<double>& point) const {
    std::uint64_t own = 0;
    for (std::uint64_t used = incident_to_any(cell); used != 0; used &= used - 1) {
      const Wall& other = pool_.slots[__builtin_ctzll(used)].wall;
      const bool same = other.layer == wall.layer && other.unit == wall.unit &&
                        other.index == wall.index;
      if (same) own = used & ~(used - 1);
    }
    point.assign(D, 0.0);
    int n = 0;
    for (const bool ray : {false, true}) {
      for (int i = 0; i < cell.size; ++i) {
        const Corner& corner = cell.first[i];
        const Generator<D>& g = pool_[corner.generator];
        if ((corner.incident & own) == 0 || g.is_ray != ray) continue;
        n += !ray;
        for (int k = 0; k < D; ++k) point[k] += ray ? g.x[k + 1] : g.x[k + 1] / g.x[0];
      }
      for (int k = 0; k < D && !ray && n > 0; ++k) point[k] /= n;
    }
    return n > 0;
  }

 private:
  /// How far a point is certainly inside of its walls, in steps of its coordinates;
  /// not positive in doubt.
  double least_slack(std::uint64_t walls, const Generator<D>& at) const {
    double size = 1.0, least = INFINITY;
    for (int k = 1; k <= D; ++k) size = std::fmax(size, std::fabs(at.x[k]));
    for (; walls != 0; walls &= walls - 1) {
      const auto& slot = pool_.slots[__builtin_ctzll(walls)];
      if (!slot.row.valid) return 0.0;
      const int side = slot.oriented ? 1 : slot.wall.orientation;
      const double value = side * value_of(slot.row, at) -
                           size * (1.0001 * ((D + 1) * slot.row.radius +
                                             slot.row.norm1 * (D + 3) * unit_roundoff) +
                                   tiny);
      least = std::fmin(least, value / slot.row.norm1);
    }
    return least;
  }

  /// Numbers of D walls for a certificate; false when there are more, or others.
  bool names_of(std::uint64_t incident, std::vector<int>& names) const {
    if (__builtin_popcountll(incident) != D) return false;
    names.clear();
    for (; incident != 0; incident &= incident - 1) {
      const int slot = __builtin_ctzll(incident);
      if (slot == infinity_slot) return false;
      names.push_back(state_.trace->name_of(pool_.slots[slot].wall));
      if (names.back() < 0) return false;
    }
    return true;
  }

  const PathState& state_;
  const GeneratorPool<D>& pool_;
};

}  // namespace polyregions::POLYREGIONS_ISA
