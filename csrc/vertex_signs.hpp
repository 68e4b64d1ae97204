// SPDX-License-Identifier: MIT
// Certified signs of a layer's and of a stage's hyperplanes at the corners of a cell.
//
// Sign filter: bound (sign) of cone.hpp, for many rows at once, first with the largest
// radius among the generators; what it leaves open climbs to exact integers.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "generator_pool.hpp"
#include "lanes.hpp"
#include "path_state.hpp"

namespace polyregions::POLYREGIONS_ISA {

/// A generator as a corner of a cell.
struct Corner {
  std::uint64_t incident = 0;          // walls on which it lies, by slot
  std::uint64_t above = 0, below = 0;  // certified signs of a stage's hyperplanes
  std::uint32_t generator = 0;
  bool dead = false;  // a ray on which all later units vanish
};

/// The corners of one cell.
struct Corners {
  Corner* first = nullptr;
  int size = 0;
  bool& generic;  // see VertexNode
};

/// Certain signs of up to 64 units of a plain layer over the corners of a cell.
struct UnitSigns {
  std::uint64_t above = 0, below = 0;  // everywhere
  std::uint64_t both = 0;              // each somewhere
};

template <int D>
class VertexSigns {
 public:
  using FloatRow = ScaledRow<D>;

  VertexSigns(PathState& state, GeneratorPool<D>& pool)
      : state_(state),
        floats_(state.question.floats),
        decisions_(state.result.decisions),
        pool_(pool) {}

  /// Digits of each unit of a layer that are possible on the whole cell.  `known`:
  /// signs of the units by words, or null.
  void settle(std::size_t l, Corners cell, std::size_t block,
              std::vector<std::uint8_t>& lo, std::vector<std::uint8_t>& hi,
              const UnitSigns* known) {
    const FloatLayer& layer = floats_.layers[l];
    if (!layer.cuts) return;
    if (!layer.plain || l == state_.question.span.first) {
      for (int unit = 0; unit < layer.n_out; ++unit) {
        settle_carefully(l, unit, cell, block, lo[unit], hi[unit]);
      }
      return;
    }
    // All corners at once, with one bound a unit: it settles nearly every one.
    if (known == nullptr) gather(cell);
    for (int first = 0; first < layer.n_out; first += 64) {
      const UnitSigns signs =
          known != nullptr ? known[first / 64] : measure(l, first, block);
      const int n = std::min(layer.n_out - first, 64);
      const std::uint64_t all = ~std::uint64_t{0} >> (64 - n);
      put_bytes(lo.data() + first, n, signs.above & all);
      put_bytes(hi.data() + first, n, ~signs.below & all);
      const std::uint64_t certain = (signs.above | signs.below | signs.both) & all;
      decisions_.filter += static_cast<std::uint64_t>(__builtin_popcountll(certain));
      if (state_.question.audit_every != 0) {
        audit_units(l, first, cell, signs, certain);
      }
      for (std::uint64_t rest = all & ~certain; rest != 0; rest &= rest - 1) {
        const int unit = first + __builtin_ctzll(rest);
        settle_carefully(l, unit, cell, block, lo[unit], hi[unit]);
      }
    }
  }

  /// Sign of a row at a corner, certified or exact.
  int careful_sign(const Corner& corner, const FloatRow& row, const Wall& wall) {
    if (corner.dead && wall.layer >= 0) return 0;
    const Generator<D>& g = pool_[corner.generator];
    const double value = value_of(row, g);
    if (row.valid && std::fabs(value) > value_radius(row, g.radius)) {
      ++decisions_.filter;
      const int side = value > 0.0 ? 1 : -1;
      if (state_.audits()) {
        state_.expect(pool_.audit_sign(state_.path.row(wall), g) == side);
      }
      return side;
    }
    if (exact_row_.empty() || wall.layer < 0) exact_row_ = state_.path.row(wall);
    return pool_.exact_sign(exact_row_, g);
  }

  /// The same at all corners, as if it were a stage's only hyperplane.
  void look_alone(const FloatRow& row, const Wall& wall, Corners cell) {
    for (int i = 0; i < cell.size; ++i) {
      const int side = careful_sign(cell.first[i], row, wall);
      cell.first[i].above = side > 0;
      cell.first[i].below = side < 0;
    }
  }

  /// The stage's rows side by side: coefficients, and the two factors of bound (sign).
  void fill_table(Stage& stage, std::size_t block) {
    stage.padded = (stage.n + n_lanes - 1) / n_lanes * n_lanes;
    stage.table.assign(static_cast<std::size_t>(D + 3) * stage.padded, 0.0);
    for (int i = 0; i < stage.n; ++i) {
      const Stage::Cut& cut = stage.cuts[i];
      double values[D + 1];
      const double radius =
          state_.rows.row(stage.layer, cut.unit, cut.index, block, values);
      const FloatRow row = raw_row<D>(values, radius);
      double* const column = stage.table.data() + i;
      for (int k = 0; k <= D; ++k) column[k * stage.padded] = row.r[k];
      column[(D + 1) * stage.padded] =
          row.valid ? 1.0001 * (D + 1) * row.radius : INFINITY;
      column[(D + 2) * stage.padded] = 1.0001 * row.norm1;
    }
  }

  FloatRow stage_row(const Stage& stage, int bit) const {
    const double* const column = stage.table.data() + bit;
    double values[D + 1];
    for (int k = 0; k <= D; ++k) values[k] = column[k * stage.padded];
    return scaled_row<D>(values, column[(D + 1) * stage.padded] / (D + 1));
  }

  /// Certified or exact signs of the open hyperplanes at a corner; false when one of
  /// them vanishes there by chance.
  bool look(const Stage& stage, std::uint64_t open, Corner& corner) {
    std::uint64_t above = 0, below = 0;
    if (!corner.dead && open != 0) {
      const Generator<D>& g = pool_[corner.generator];
      Bits up = broadcast(std::int64_t{0}), down = up;
      const double* const table = stage.table.data();
      const int padded = stage.padded;
      const Lanes of_row = broadcast(1.0 + g.radius);
      const Lanes of_point = broadcast(g.radius + (D + 3) * unit_roundoff);
      for (int i = 0; i < padded; i += n_lanes) {
        Lanes value = lanes_at(table + i) * broadcast(g.x[0]);
        for (int k = 1; k <= D; ++k) {
          value += lanes_at(table + k * padded + i) * broadcast(g.x[k]);
        }
        Lanes bound = broadcast(tiny);
        if constexpr (proves_everything) {
          bound += lanes_at(table + (D + 1) * padded + i) * of_row +
                   lanes_at(table + (D + 2) * padded + i) * of_point;
        }
        up |= marked(value > bound, i);
        down |= marked(-value > bound, i);
      }
      above = any(up);
      below = any(down);
      std::uint64_t doubt = open & ~(above | below);
      decisions_.filter +=
          static_cast<std::uint64_t>(__builtin_popcountll(open ^ doubt));
      for (; doubt != 0; doubt &= doubt - 1) {
        const int bit = __builtin_ctzll(doubt);
        const int side =
            pool_.exact_sign(state_.path.row(stage.wall(bit)), pool_[corner.generator]);
        above |= static_cast<std::uint64_t>(side > 0) << bit;
        below |= static_cast<std::uint64_t>(side < 0) << bit;
      }
    }
    const bool dead = corner.dead;
    if (!dead && state_.audits()) audit_corner(stage, open, corner, above, below);
    corner.above = above;
    corner.below = below;
    return dead || (open & ~(above | below)) == 0;
  }

 private:
  /// The corners that are not dead, side by side, and the largest radius among them.
  void gather(const Corners& cell) {
    live_.resize(static_cast<std::size_t>(cell.size) * (D + 1));
    n_live_ = 0;
    live_radius_ = 0.0;
    for (int i = 0; i < cell.size; ++i) {
      const Corner& corner = cell.first[i];
      if (corner.dead) continue;
      const Generator<D>& g = pool_[corner.generator];
      std::copy(g.x, g.x + D + 1, live_.data() + n_live_);
      n_live_ += D + 1;
      live_radius_ = g.radius > live_radius_ ? g.radius : live_radius_;
    }
  }

  /// Signs over the gathered corners, by the ranges of rows, and bound (sign) of
  /// cone.hpp.
  UnitSigns measure(std::size_t l, int first, std::size_t block_at) const {
    const std::size_t stride = floats_.layers[l].stride;
    const double* const block = state_.rows.data(block_at) + first;
    const auto radii = state_.rows.radii(l, block_at);
    const double of_row = 1.0001 * (D + 1) * (1.0 + live_radius_);
    const double of_point = 1.0001 * (live_radius_ + (D + 3) * unit_roundoff);
    const double *const live = live_.data(), *const end = live + n_live_;
    const int n = std::min(static_cast<int>(stride) - first, 64);
    Bits up = broadcast(std::int64_t{0}), down = up, both = up;
    for (int i = 0; i < n; i += n_lanes) {
      Lanes row[D + 1], low = broadcast(INFINITY), high = broadcast(-INFINITY);
      Lanes norm = broadcast(0.0);
      for (int k = 0; k <= D; ++k) {
        row[k] = lanes_at(block + k * stride + i);
        if constexpr (proves_everything) norm += magnitude(row[k]);
      }
      for (const double* x = live; x != end; x += D + 1) {
        Lanes value = row[0] * broadcast(x[0]);
        for (int k = 1; k <= D; ++k) value += row[k] * broadcast(x[k]);
        low = value < low ? value : low;
        high = value > high ? value : high;
      }
      Lanes bound = broadcast(tiny);
      if constexpr (proves_everything) {
        const Lanes radius = lanes_at(radii.base + first + i) +
                             lanes_at(radii.most + first + i) * broadcast(radii.total);
        bound = broadcast(of_row) * radius + broadcast(of_point) * norm;
        // Rows of extreme size, and NaN, are left to the careful path.
        bound = norm < 0x1p900 ? bound : broadcast(INFINITY);
        bound = norm > 0x1p-900 ? bound : broadcast(INFINITY);
      }
      const Bits above = low > bound, below = -high > bound;
      up |= marked(above, i);
      down |= marked(below, i);
      both |= marked((-low > bound) & (high > bound), i);
    }
    return {any(up), any(down), any(both)};
  }

  void settle_carefully(std::size_t l, int unit, Corners& cell, std::size_t block,
                        std::uint8_t& lo, std::uint8_t& hi) {
    const int last = hi;
    for (int j = lo; j < last && j < hi; ++j) {
      const Wall wall{static_cast<int>(l), unit, j, 1};
      double values[D + 1];
      const double radius = state_.rows.row(l, unit, j, block, values);
      const FloatRow row = raw_row<D>(values, radius);
      bool above = false, below = false;
      exact_row_.clear();
      for (int i = 0; i < cell.size && !(above && below); ++i) {
        const Corner& corner = cell.first[i];
        const int side = careful_sign(corner, row, wall);
        above = above || side > 0;
        below = below || side < 0;
        if (side == 0 && !corner.dead) cell.generic = false;
      }
      if (above && below) continue;
      if (above) {
        lo = static_cast<std::uint8_t>(j + 1);
      } else {
        hi = static_cast<std::uint8_t>(j);
        if (!below) state_.note_on_break(l, unit);
      }
    }
  }

  // Audits: certified decisions once more, in integers.

  void audit_units(std::size_t l, int first, const Corners& cell,
                   const UnitSigns& signs, std::uint64_t certain) {
    for (; certain != 0; certain &= certain - 1) {
      const int bit = __builtin_ctzll(certain);
      if (!state_.audits()) continue;
      const Row row = state_.path.row({static_cast<int>(l), first + bit, 0, 1});
      bool above = false, below = false, zero = false;
      for (int i = 0; i < cell.size; ++i) {
        const Corner& corner = cell.first[i];
        if (corner.dead) continue;
        const int side = pool_.audit_sign(row, pool_[corner.generator]);
        above |= side > 0;
        below |= side < 0;
        zero |= side == 0;
      }
      const bool cuts = (signs.both >> bit & 1) != 0;
      state_.expect(cuts ? above && below
                         : !zero && above == ((signs.above >> bit & 1) != 0));
    }
  }

  void audit_corner(const Stage& stage, std::uint64_t open, const Corner& corner,
                    std::uint64_t above, std::uint64_t below) {
    for (; open != 0; open &= open - 1) {
      const int bit = __builtin_ctzll(open);
      const int side =
          static_cast<int>(above >> bit & 1) - static_cast<int>(below >> bit & 1);
      const Row row = state_.path.row(stage.wall(bit));
      state_.expect(pool_.audit_sign(row, pool_[corner.generator]) == side);
    }
  }

  PathState& state_;
  const FloatNetwork& floats_;
  Decisions& decisions_;
  GeneratorPool<D>& pool_;
  std::vector<double> live_;  // (n, D + 1): generators of a cell
  std::size_t n_live_ = 0;    // numbers in use
  double live_radius_ = 0.0;
  Row exact_row_;
};

}  // namespace polyregions::POLYREGIONS_ISA
