// SPDX-License-Identifier: MIT
// Walls in slots, and the generators where they meet: the vertex engine's geometry.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "cone.hpp"
#include "exact_path.hpp"
#include "path_state.hpp"
#include "status.hpp"

namespace polyregions::POLYREGIONS_ISA {

constexpr int infinity_slot = 63;
// Generators less certain than this are computed again from exact integers.
constexpr double worst_radius = 0x1p-20;

template <int D>
class GeneratorPool {
 public:
  using Gen = Generator<D>;
  using FloatRow = ScaledRow<D>;
  struct Slot {
    Wall wall;
    FloatRow row;
    bool oriented = false;  // the row is positive on the cell, not just above the wall
    int name = -1;          // in a certificate

    int side() const { return oriented ? 1 : wall.orientation; }
  };

  explicit GeneratorPool(PathState& state) : state_(state) {}

  Slot slots[64];

  const Gen& operator[](std::size_t i) const { return pool_[i]; }
  std::size_t size() const { return pool_.size(); }
  void resize(std::size_t n) { pool_.resize(n); }

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

  /// The walls in slots 0 to D - 1 and at infinity, by their exact rows, make a cone:
  /// generator i of it vanishes on all walls but wall i, where it is positive.
  /// Returns the incidence bits of each.  Cones of one search differ in the signs of
  /// the rows only.
  std::vector<std::uint64_t> begin_cone(const std::vector<Row>& exact) {
    pool_.clear();
    positive_.assign(D + 1, 0);
    if (lines_.empty()) find_lines(exact);
    std::vector<std::uint64_t> incident;
    constexpr std::uint64_t all = ((std::uint64_t{1} << D) - 1) | std::uint64_t{1}
                                                                      << infinity_slot;
    for (int i = 0; i <= D; ++i) {
      const int side = sign(dot(exact[i], lines_[i].exact));
      if (side == 0) throw Error(Status::internal, "the start walls are dependent");
      pool_.push_back(lines_[i].rounded);
      for (double& x : pool_.back().x) x = side < 0 ? -x : x;
      incident.push_back(all & ~(std::uint64_t{1} << (i == D ? infinity_slot : i)));
    }
    // The sum of the rows, each positive somewhere and nonnegative everywhere on the
    // cone; scaled so that none drowns, which leaves that true.
    std::size_t bits = 0;
    for (const Row& row : exact) bits = std::max(bits, size_of(row));
    for (const Row& row : exact) {
      const auto shift = static_cast<unsigned>(bits - size_of(row));
      for (int k = 0; k <= D; ++k) positive_[k] += row[k] << shift;
    }
    positive_row_ = rounded_row(positive_);
    return incident;
  }

  /// The generator where an edge on the `common` walls meets the wall in `slot`.
  void push_crossing(std::uint64_t common, int slot) {
    Gen g;
    int bits[64], n = 0;
    for (std::uint64_t rest = common; rest != 0; rest &= rest - 1) {
      bits[n++] = __builtin_ctzll(rest);
    }
    g.defining[D - 1] = static_cast<std::uint8_t>(slot);
    if (!choose_walls(g, bits, n, 0, 0, false) &&
        !choose_walls(g, bits, n, 0, 0, true)) {
      throw Error(Status::internal, "an edge has too few independent walls");
    }
    g.is_ray = (common >> infinity_slot & 1) != 0;
    pool_.push_back(g);
  }

  /// Sign of an exact row at a generator.
  int exact_sign(const Row& row, const Gen& g) {
    ++state_.result.decisions.exact;
    return audit_sign(row, g);
  }

  /// The same, not counted as a decision.
  int audit_sign(const Row& row, const Gen& g) {
    return sign(dot(row, exact_generator(g)));
  }

 private:
  static std::size_t size_of(const Row& row) {
    std::size_t bits = 0;
    for (const Integer& v : row) {
      if (v != 0) bits = std::max<std::size_t>(bits, msb(Integer(abs(v))));
    }
    return bits;
  }

  /// Where all walls of a cone but one meet.
  struct Line {
    std::vector<Integer> exact;
    Gen rounded;
  };
  void find_lines(const std::vector<Row>& exact) {
    for (int i = 0; i <= D; ++i) {
      std::vector<Row> others;
      std::vector<int> names;
      for (int k = 0; k <= D; ++k) {
        if (k == i) continue;
        others.push_back(exact[k]);
        names.push_back(k == D ? infinity_slot : k);
      }
      Line& line = lines_.emplace_back();
      line.exact = null_vector(others);
      line.rounded = rounded_generator(line.exact, names);
      line.rounded.is_ray = i != D;
    }
  }

  Gen rounded_generator(const std::vector<Integer>& v, const std::vector<int>& names) {
    const FloatRow row = rounded_row(v);  // the same scaling
    Gen g;
    std::copy(row.r, row.r + D + 1, g.x);
    g.radius = row.radius;
    for (int k = 0; k < D; ++k) g.defining[k] = static_cast<std::uint8_t>(names[k]);
    return g;
  }

  /// The generator as integers, with the right sign.
  std::vector<Integer> exact_generator(const Gen& g) {
    std::vector<Row> rows;
    for (int k = 0; k < D; ++k) {
      rows.push_back(state_.path.row(slots[g.defining[k]].wall));
    }
    std::vector<Integer> v = null_vector(rows);
    const int side = sign(dot(positive_, v));
    if (side == 0) throw Error(Status::internal, "a generator's walls are dependent");
    return side > 0 ? v : negated(std::move(v));
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
    if (!proves_everything) g.radius = 0.0;
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
      rows.push_back(state_.path.row(slots[g.defining[k]].wall));
    }
    std::vector<Integer> v = null_vector(rows);
    const int side = sign(dot(positive_, v));
    if (side == 0) return false;
    if (side < 0) v = negated(std::move(v));
    g = rounded_generator(v, names);
    ++state_.result.decisions.exact;
    return true;
  }

  PathState& state_;
  std::vector<Gen> pool_;
  std::vector<Line> lines_;  // of the start cones
  Row positive_;             // a functional positive on the start cone but at 0
  FloatRow positive_row_;
};

}  // namespace polyregions::POLYREGIONS_ISA
