// SPDX-License-Identifier: MIT
// Certified signs of a layer's and of a stage's hyperplanes at the corners of a cell.
//
// Sign filter: bound (sign) of cone.hpp, for many rows at once, first with the largest
// radius among the generators; what it leaves open climbs to exact integers.
#pragma once

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
  bool& generic;  // see VertexCells
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

  /// Digits of each unit of a layer that are possible on the whole cell.
  void settle(std::size_t l, Corners cell, std::size_t block,
              std::vector<std::uint8_t>& lo, std::vector<std::uint8_t>& hi) {
    const FloatLayer& layer = floats_.layers[l];
    if (!layer.cuts) return;
    const bool plain = layer.plain && l != state_.question.span.first;
    if (plain) measure(layer, cell, state_.rows.data(block));
    // Bytes may alias anything: what the loop reads is held in locals.
    std::uint8_t *const los = lo.data(), *const his = hi.data();
    const double *const low = low_.data(), *const high = high_.data();
    const double* const bounds = bound_.data();
    const bool audited = state_.question.audit_every != 0;
    std::uint64_t certified = 0;
    for (int unit = 0; unit < layer.n_out; ++unit) {
      if (plain) {
        // All generators at once, with one bound: it settles nearly every unit.
        const double bound = bounds[unit];
        const bool above = low[unit] > bound, below = high[unit] < -bound;
        los[unit] = above;
        his[unit] = !below;
        if (above || below || (low[unit] < -bound && high[unit] > bound)) {
          ++certified;
          if (audited && state_.audits()) audit_unit(l, unit, cell, above, !below);
          continue;
        }
      }
      settle_carefully(l, unit, cell, block, los[unit], his[unit]);
    }
    decisions_.filter += certified;
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
    if (!corner.dead) {
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
  /// Ranges of a layer's rows over the corners that are not dead, and bound (sign) of
  /// cone.hpp with the largest radius among them.
  void measure(const FloatLayer& layer, const Corners& cell, const double* block) {
    low_.resize(layer.stride);
    high_.resize(layer.stride);
    bound_.resize(layer.stride);
    live_.clear();
    double radius = 0.0;
    for (int i = 0; i < cell.size; ++i) {
      const Corner& corner = cell.first[i];
      if (corner.dead) continue;
      const Generator<D>& g = pool_[corner.generator];
      live_.insert(live_.end(), g.x, g.x + D + 1);
      radius = g.radius > radius ? g.radius : radius;
    }
    const std::size_t stride = layer.stride;
    const double of_row = 1.0001 * (D + 1) * (1.0 + radius);
    const double of_point = 1.0001 * (radius + (D + 3) * unit_roundoff);
    for (std::size_t i = 0; i < stride; i += n_lanes) {
      Lanes row[D + 1], low = broadcast(INFINITY), high = broadcast(-INFINITY);
      Lanes norm = broadcast(0.0);
      for (int k = 0; k <= D; ++k) {
        row[k] = lanes_at(block + k * stride + i);
        if constexpr (proves_everything) norm += magnitude(row[k]);
      }
      for (std::size_t at = 0; at < live_.size(); at += D + 1) {
        Lanes value = row[0] * broadcast(live_[at]);
        for (int k = 1; k <= D; ++k) value += row[k] * broadcast(live_[at + k]);
        low = value < low ? value : low;
        high = value > high ? value : high;
      }
      const Lanes bound = broadcast(of_row) * lanes_at(block + (D + 1) * stride + i) +
                          broadcast(of_point) * norm;
      // Rows of extreme size, and NaN, are left to the careful path.
      const Lanes usable = norm < 0x1p900 ? bound : broadcast(INFINITY);
      put_lanes(&low_[i], low);
      put_lanes(&high_[i], high);
      if constexpr (!proves_everything) {
        put_lanes(&bound_[i], broadcast(tiny));
        continue;
      }
      put_lanes(&bound_[i], norm > 0x1p-900 ? usable : broadcast(INFINITY));
    }
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

  void audit_unit(std::size_t l, int unit, const Corners& cell, int lo, int hi) {
    const Row row = state_.path.row({static_cast<int>(l), unit, 0, 1});
    bool above = false, below = false, zero = false;
    for (int i = 0; i < cell.size; ++i) {
      const Corner& corner = cell.first[i];
      if (corner.dead) continue;
      const int side = pool_.audit_sign(row, pool_[corner.generator]);
      above |= side > 0;
      below |= side < 0;
      zero |= side == 0;
    }
    state_.expect(lo < hi ? above && below : !zero && above == (lo == 1));
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
  std::vector<double> low_, high_, bound_;  // of a layer's rows over a cell
  std::vector<double> live_;                // (n, D + 1): its generators
  Row exact_row_;
};

}  // namespace polyregions::POLYREGIONS_ISA
