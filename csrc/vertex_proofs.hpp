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
#include "support_proof.hpp"
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

  /// The cell of the claims that follow.
  void begin(CornerSpan cell) {
    usable_ = true;
    least_.clear();
    corners_.clear();
    for (int i = 0; i < cell.size; ++i) {
      if (!cell.first[i].dead) corners_.push_back(&cell.first[i]);
    }
    n_corners_ = corners_.size();
    if (corners_.empty()) usable_ = false;
    while (corners_.size() % n_lanes != 0) corners_.push_back(nullptr);
    const std::size_t n = corners_.size();
    for (std::vector<double>* v : {&radii_, &per_least_, &per_most_, &low_, &high_}) {
      v->assign(n, 0.0);
    }
    for (std::vector<double>& x : x_) x.assign(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      // Rays are nowhere least; behind the last corner stand copies of the first.
      const Generator<D>& g =
          pool_[corners_[i] ? corners_[i]->generator : corners_[0]->generator];
      for (int k = 0; k <= D; ++k) x_[k][i] = g.x[k];
      radii_[i] = g.radius;
      per_least_[i] = per_most_[i] = INFINITY;
      if (g.is_ray || corners_[i] == nullptr) continue;
      const double off = g.radius + tiny;
      usable_ = usable_ && g.x[0] > 2.0 * off;
      per_least_[i] = 0.9999998 / (g.x[0] + off);
      per_most_[i] = 1.0000002 / (g.x[0] - off);
    }
  }

  /// Find the only corner where a unit's function, turned to be positive, is certainly
  /// least, for many units of a plain layer at once.  Over x_0, values at the corners
  /// are known up to a factor 1 +- factor and to bound (sign) times the largest 1 /
  /// x_0.
  void find_least(std::size_t l, std::size_t block_at) {
    const FloatLayer& layer = state_.question.floats.layers[l];
    if (!layer.plain || !usable_) return;
    least_.assign(layer.stride, -1.0);
    double radius = 0.0, per_most = 0.0, factor = 0.0;
    vertices_.clear();
    for (std::size_t i = 0; i < corners_.size() && corners_[i] != nullptr; ++i) {
      const Generator<D>& g = pool_[corners_[i]->generator];
      radius = std::fmax(radius, g.radius);
      if (g.is_ray) continue;
      vertices_.push_back({g.x, 1.0 / g.x[0], static_cast<double>(i)});
      per_most = std::fmax(per_most, per_most_[i]);
      factor = std::fmax(factor, 1.0001 * (per_most_[i] / per_least_[i] - 1.0) + 1e-14);
    }
    if (vertices_.empty()) return;
    const double* const block = state_.rows.data(block_at);
    const auto radii = state_.rows.radii(l, block_at);
    const Lanes off = broadcast(1.0002 * (radius + (D + 3) * unit_roundoff));
    const Lanes of_row = broadcast(1.0002 * (D + 1) * (1.0 + radius));
    for (int i = 0; i < layer.stride; i += n_lanes) {
      Lanes row[D + 1], norm = broadcast(0.0);
      for (int k = 0; k <= D; ++k) {
        row[k] = lanes_at(block + k * layer.stride + i);
        norm += magnitude(row[k]);
      }
      const Lanes own =
          lanes_at(radii.base + i) + lanes_at(radii.most + i) * broadcast(radii.total);
      const Lanes bound = of_row * own + off * norm + broadcast(tiny);
      // Rows of extreme size, and NaN, are looked at one by one.
      const Bits usable = (norm < 0x1p900) & (norm > 0x1p-900);
      put_lanes(&least_[i], least_of(row, bound, usable, per_most, factor));
    }
  }

  /// Number of that corner, or -1.
  int least(const Wall& wall) const {
    return least_.empty() ? -1 : static_cast<int>(least_[wall.unit]);
  }

  /// Rows that show on which side of a break the cell lies, in case they certainly do:
  /// the walls of the corner where the function is least.  The corner being simple and
  /// the only one, the function rises along all its edges, so none of its multipliers
  /// is negative, nor is its value there.  Corners that are too near to each other are
  /// tried one by one.
  /// Returns a number of the rows, the same for the same ones until `begin`; -1 where
  /// there are none.
  int support(const Wall& wall, bool above, std::size_t block,
              std::vector<int>& names) {
    if (const int at = least(wall); at >= 0) {
      return names_of(corners_[at]->incident, names) ? at : -1;
    }
    double values[D + 1];
    const auto l = static_cast<std::size_t>(wall.layer);
    const double radius = state_.rows.row(l, wall.unit, wall.index, block, values);
    const FloatRow row = raw_row<D>(values, radius);
    if (!row.valid || !usable_) return -1;
    const double side = above ? 1.0 : -1.0;
    double most = INFINITY;
    const int at = least_corner(row, side, most);
    if (at >= 0) return names_of(corners_[at]->incident, names) ? at : -1;
    for (std::size_t i = 0; i < corners_.size(); ++i) {
      const bool may_be = corners_[i] != nullptr && low_[i] <= most;
      if (may_be && names_of(corners_[i]->incident, names) &&
          supports(corners_[i]->incident, row, side)) {
        return static_cast<int>(i);
      }
    }
    return -1;
  }

  /// A point inside with few bits, near one that is; in doubt none.
  void dyadic(CornerSpan cell, const double* centre, Trace::Dyadic& out) {
    take_rows(cell);
    dyadic(centre, out);
  }

  /// Both sides of a hyperplane that cuts a cell, for `half`: `row`, with these bits at
  /// the corners.
  void halve(CornerSpan cell, const FloatRow& row, std::uint64_t bit) {
    take_rows(cell);
    own_row_ = row;
    rows_.push_back({&own_row_, 1});
    Generator<D> part[2] = {};  // below and above: vertices' mean, and a step a ray
    double n[2] = {}, values[2] = {};
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
      add(pool_.slots[i], i == own ? -1 : 1);
    }
    for (const Saved& saved : replaced) add(saved.slot, 1);
    const auto from = homogeneous(centre), to = homogeneous(out.on_facet.data());
    double step = 1.0;  // half of the way to the next row
    for (const SidedRow& row : rows_) {
      const double here = row.side * value_of(*row.row, from);
      const double there = row.side * value_of(*row.row, to);
      const bool is_own = row.row == &pool_.slots[own].row;
      if (here > there && !is_own) step = std::fmin(step, there / (here - there) / 2.0);
    }
    double target[D];
    for (int k = 0; k < D; ++k) {
      target[k] = out.on_facet[k] + step * (out.on_facet[k] - centre[k]);
    }
    dyadic(target, out.beyond);
  }

 private:
  using Slot = typename GeneratorPool<D>::Slot;

  /// For each lane the corner, or -1.
  Lanes least_of(const Lanes* row, Lanes bound, Bits usable, double per_most,
                 double factor) const {
    const auto value_at = [row](const double* x) {
      Lanes value = row[0] * broadcast(x[0]);
      for (int k = 1; k <= D; ++k) value += row[k] * broadcast(x[k]);
      return value;
    };
    const Bits turned = value_at(vertices_[0].x) < 0.0;
    Lanes least = broadcast(INFINITY), next = least, at = broadcast(-1.0);
    for (const Vertex& vertex : vertices_) {
      Lanes value = value_at(vertex.x) * broadcast(vertex.per);
      value = turned ? -value : value;
      const Bits less = value < least;
      next = less ? least : value < next ? value : next;
      least = less ? value : least;
      at = less ? broadcast(vertex.corner) : at;
    }
    const Lanes off = bound * broadcast(1.001 * per_most);
    usable &= least * broadcast(1.0 - factor) > off;  // so positive, and at all others
    usable &=
        next * broadcast(1.0 - factor) - off > least * broadcast(1.0 + factor) + off;
    if (vertices_.size() < n_corners_) {
      for (const Corner* corner : corners_) {
        if (corner == nullptr || !pool_[corner->generator].is_ray) continue;
        const Lanes value = value_at(pool_[corner->generator].x);
        usable &= (turned ? -value : value) > bound;
      }
    }
    return usable ? at : broadcast(-1.0);
  }

  /// The only corner where side * row is least; it is certainly positive on the cell.
  /// -1 in doubt: then those of low_ up to `most` may be.
  int least_corner(const FloatRow& row, double side, double& most) {
    // bound (sign) of cone.hpp
    const double of_radius = 1.0002 * ((D + 1) * row.radius + row.norm1);
    const double fixed =
        1.0002 * ((D + 1) * row.radius + row.norm1 * (D + 3) * unit_roundoff) + tiny;
    const auto n = static_cast<int>(corners_.size());
    Lanes least = broadcast(INFINITY);
    Bits doubt = broadcast(std::int64_t{0});
    for (int i = 0; i < n; i += n_lanes) {
      Lanes value = lanes_at(&x_[0][i]) * broadcast(side * row.r[0]);
      for (int k = 1; k <= D; ++k) {
        value += lanes_at(&x_[k][i]) * broadcast(side * row.r[k]);
      }
      const Lanes bound =
          broadcast(fixed) + broadcast(of_radius) * lanes_at(&radii_[i]);
      doubt |= ~(value > bound);
      const Lanes high = (value + bound) * lanes_at(&per_most_[i]);
      put_lanes(&low_[i], (value - bound) * lanes_at(&per_least_[i]));
      put_lanes(&high_[i], high);
      least = high < least ? high : least;
    }
    if (mask_of(doubt) != 0) return -1;
    for (int lane = 0; lane < n_lanes; ++lane) {
      most = least[lane] < most ? least[lane] : most;
    }
    if (!(most < INFINITY)) return -1;
    int best = 0, n_low = 0;
    for (int i = 0; i < n; i += n_lanes) {
      if (const unsigned m = mask_of(lanes_at(&high_[i]) == broadcast(most))) {
        best = i + __builtin_ctz(m);
      }
      n_low += __builtin_popcount(mask_of(~(lanes_at(&low_[i]) > broadcast(most))));
    }
    return n_low == 1 ? best : -1;
  }

  /// Whether D walls certainly support side * row.
  bool supports(std::uint64_t incident, const FloatRow& row, double side) {
    combination_.terms.clear();
    coordinates_.clear();
    for (int k = 1; k <= D; ++k, incident &= incident - 1) {
      const Slot& slot = pool_.slots[__builtin_ctzll(incident)];
      if (!slot.row.valid) return false;
      std::copy_n(slot.row.r, D + 1, padded_[k]);
      const auto own = static_cast<double>(this->side(slot));
      combination_.terms.push_back({padded_[k], slot.row.radius, own, 0.0, 0.0});
      coordinates_.push_back(k);
    }
    std::copy_n(row.r, D + 1, padded_[0]);
    proof_.begin(D);
    if (!proof_.invert(combination_, coordinates_)) return false;
    proof_.propose(padded_[0], side, combination_);
    return proof_.is_independent(combination_) &&
           proof_.holds(padded_[0], row.radius, side, combination_, true);
  }

  struct SidedRow {
    const FloatRow* row;
    int side;
  };

  /// rows_ = those of the cell's walls.
  void take_rows(CornerSpan cell) {
    rows_.clear();
    std::uint64_t walls = incident_to_any(cell) & ~(std::uint64_t{1} << infinity_slot);
    for (; walls != 0; walls &= walls - 1) {
      add(pool_.slots[__builtin_ctzll(walls)], 1);
    }
  }

  static int side(const Slot& slot) {
    return slot.oriented ? 1 : slot.wall.orientation;
  }

  void add(const Slot& slot, int turned) {
    if (slot.wall.layer == Wall::infinity) return;
    rows_.push_back({&slot.row, turned * side(slot)});
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

  static Generator<D> homogeneous(const double* point) {
    Generator<D> out;
    out.x[0] = 1.0;
    std::copy_n(point, D, out.x + 1);
    return out;
  }

  /// On the right side of rows_.
  void dyadic(const double* near, Trace::Dyadic& out) const {
    out.numerators.clear();
    const double slack = least_slack(homogeneous(near));
    if (!(slack > 0x1p-40) || !(slack < INFINITY)) return;
    double at[D];
    for (out.exponent = -1 - std::ilogb(slack); out.exponent < 50; ++out.exponent) {
      const int e = static_cast<int>(out.exponent);
      out.numerators.clear();
      for (int k = 0; k < D; ++k) {
        const double n = std::nearbyint(std::ldexp(near[k], e));
        if (!(std::fabs(n) < 0x1p52)) return out.numerators.clear();
        out.numerators.push_back(static_cast<std::int64_t>(n));
        at[k] = std::ldexp(n, -e);
      }
      if (least_slack(homogeneous(at)) > 0.0) return;
    }
    out.numerators.clear();
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

  /// How far a point is certainly inside of rows_, in steps of its coordinates; not
  /// positive in doubt.
  double least_slack(const Generator<D>& at) const {
    double size = 1.0, least = INFINITY;
    for (int k = 1; k <= D; ++k) size = std::fmax(size, std::fabs(at.x[k]));
    for (const SidedRow& own : rows_) {
      const FloatRow& row = *own.row;
      if (!row.valid) return 0.0;
      const double value =
          own.side * value_of(row, at) -
          size *
              (1.0001 * ((D + 1) * row.radius + row.norm1 * (D + 3) * unit_roundoff) +
               tiny);
      const double slack = value / row.norm1;
      if (!(slack > 0.0)) return 0.0;
      least = slack < least ? slack : least;
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
      names.push_back(pool_.slots[slot].name);
      if (names.back() < 0) return false;
    }
    return true;
  }

  const PathState& state_;
  const GeneratorPool<D>& pool_;
  // Corners that are not dead, as many as fill the lanes, side by side.
  std::vector<const Corner*> corners_;
  std::vector<double> x_[D + 1], radii_;
  std::vector<double> per_least_, per_most_;  // of a value over x_0, certainly
  std::vector<double> low_, high_;            // of the values
  bool usable_ = false;
  struct Vertex {
    const double* x;
    double per, corner;  // 1 / x_0, number
  };
  std::vector<Vertex> vertices_;
  std::size_t n_corners_ = 0;
  std::vector<double> least_;                   // by unit of a layer: the corner, or -1
  double padded_[D + 1][(D + 8) / 8 * 8] = {};  // rows for `supports`
  Combination combination_;
  std::vector<int> coordinates_;
  SupportProof proof_;
  std::vector<SidedRow> rows_;
  FloatRow own_row_;      // of the hyperplane between two halves
  double halves_[2][D];  // points of them
};

}  // namespace polyregions::POLYREGIONS_ISA
