// SPDX-License-Identifier: MIT
// Which walls of a cell show on which side of a hyperplane it lies: those of the corner
// where the hyperplane's function is least.
#pragma once

#include <algorithm>
#include <cmath>
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

template <int D>
class VertexSupports {
 public:
  using FloatRow = ScaledRow<D>;

  VertexSupports(const PathState& state, const GeneratorPool<D>& pool)
      : state_(state), pool_(pool) {}

  /// The cell of the claims that follow.
  void begin(CornerSpan cell) {
    cell_ = cell;
    prepared_ = false;
    n_groups_ = 0;
    gather();
  }

  /// Signs of the units of a plain layer on the cell, and supports by the only corner
  /// where a unit's function, turned to be positive, is certainly least.  Returns the
  /// signs by words, or null.
  const UnitSigns* find_groups(std::size_t l, std::size_t block_at) {
    if (!usable_) return nullptr;
    const FloatLayer& layer = state_.question.floats.layers[l];
    least_.resize(layer.stride);
    signs_.assign((static_cast<std::size_t>(layer.stride) + 63) / 64, {});
    const double* const block = state_.rows.data(block_at);
    const auto radii = state_.rows.radii(l, block_at);
    const Lanes off = broadcast(off_), of_row = broadcast(of_row_);
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
      put_lanes(&least_[i], least_of(row, bound, usable, i));
    }
    for (const Vertex& vertex : vertices_) group(vertex, layer.n_out);
    return signs_.data();
  }

  int n_groups() const { return n_groups_; }
  const Trace::Group& group(int k) const { return groups_[k]; }

  /// Rows that show on which side of a break the cell lies, in case they certainly do:
  /// the walls of the corner where the function is least.  The corner being simple and
  /// the only one, the function rises along all its edges, so none of its multipliers
  /// is negative, nor is its value there.  Corners that are too near to each other are
  /// tried one by one.
  /// Returns a number of the rows, the same for the same ones until `begin`, and in the
  /// groups; -1 where there are none.
  int support(const Wall& wall, bool above, std::size_t block,
              std::vector<int>& names) {
    double values[D + 1];
    const auto l = static_cast<std::size_t>(wall.layer);
    const double radius = state_.rows.row(l, wall.unit, wall.index, block, values);
    const FloatRow row = raw_row<D>(values, radius);
    if (!row.valid || vertices_.empty()) return -1;
    const double side = above ? 1.0 : -1.0;
    if (const Vertex* vertex = least_vertex(row, side)) {
      const bool named = names_of(vertex->incident, names);
      return named ? static_cast<int>(vertex->number) : -1;
    }
    if (!prepared_) prepare();
    if (!certain_) return -1;
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

 private:
  using Slot = typename GeneratorPool<D>::Slot;
  struct Vertex {
    double x[D];  // over x_0
    double number;
    std::uint64_t incident;
  };

  /// Vertices and rays of the cell but for dead ones; numbers count both.
  void gather() {
    vertices_.clear();
    rays_.clear();
    double radius = 0.0, per_most = 0.0, off_most = 0.0;
    int number = 0;
    for (int i = 0; i < cell_.size; ++i) {
      const Corner& corner = cell_.first[i];
      if (corner.dead) continue;
      const Generator<D>& g = pool_[corner.generator];
      radius = g.radius > radius ? g.radius : radius;
      if (g.is_ray) {
        rays_.push_back(&g);
      } else {
        Vertex& vertex = vertices_.emplace_back();
        const double per = 1.0 / g.x[0], off = (g.radius + tiny) * per;
        vertex.number = number;
        vertex.incident = corner.incident;
        for (int k = 0; k < D; ++k) vertex.x[k] = g.x[k + 1] * per;
        per_most = per > per_most ? per : per_most;
        off_most = off > off_most ? off : off_most;
      }
      ++number;
    }
    usable_ = !vertices_.empty() && off_most < 0x1p-5 && per_most < 0x1p100;
    // Over x_0, values are known up to bound (sign) over x_0, with one rounding more a
    // product, and up to a factor 1 +- `factor`.
    factor_ = 1.1 * off_most + 1e-14;
    per_most_of_all_ = 1.1 * per_most;
    off_ = 1.0002 * (radius + (D + 5) * unit_roundoff);
    of_row_ = 1.0002 * (D + 1) * (1.0 + radius);
  }

  /// The only vertex where side * row is certainly least, and positive; or none.
  const Vertex* least_vertex(const FloatRow& row, double side) const {
    if (!usable_) return nullptr;
    const double bound = of_row_ * row.radius + off_ * row.norm1 + tiny;
    const double off = bound * per_most_of_all_;
    double least = INFINITY, next = INFINITY;
    const Vertex* at = nullptr;
    for (const Vertex& vertex : vertices_) {
      double value = row.r[0];
      for (int k = 0; k < D; ++k) value += row.r[k + 1] * vertex.x[k];
      value *= side;
      if (value < least) {
        next = least;
        least = value;
        at = &vertex;
      } else {
        next = value < next ? value : next;
      }
    }
    bool certain = least * (1.0 - factor_) > off &&
                   next * (1.0 - factor_) - off > least * (1.0 + factor_) + off;
    for (const Generator<D>* ray : rays_) {
      double value = 0.0;
      for (int k = 1; k <= D; ++k) value += row.r[k] * ray->x[k];
      certain = certain && side * value > bound;
    }
    return certain ? at : nullptr;
  }

  /// For each lane the corner's number, or -1; notes the signs.
  Lanes least_of(Lanes* row, Lanes bound, Bits usable, int unit) {
    const auto value_at = [row](const Vertex& vertex) {
      Lanes value = row[0];
      for (int k = 1; k <= D; ++k) value += row[k] * broadcast(vertex.x[k - 1]);
      return value;
    };
    const Lanes one = broadcast(1.0), first = value_at(vertices_[0]);
    const Bits is_below = first < 0.0;
    const Lanes turned = is_below ? -one : one;
    for (int k = 0; k <= D; ++k) row[k] *= turned;
    Lanes least = broadcast(INFINITY), next = least, at = broadcast(-1.0);
    for (const Vertex& vertex : vertices_) {
      const Lanes value = value_at(vertex);
      const Lanes larger = value > least ? value : least;
      at = value < least ? broadcast(vertex.number) : at;
      next = larger < next ? larger : next;
      least = value < least ? value : least;
    }
    const Lanes off = bound * broadcast(per_most_of_all_);
    Bits positive = usable & (least > off), negative = usable & (-least > off);
    for (const Generator<D>* ray : rays_) {
      Lanes value = row[1] * broadcast(ray->x[1]);
      for (int k = 2; k <= D; ++k) value += row[k] * broadcast(ray->x[k]);
      positive &= value > bound;
      negative |= usable & (-value > bound);
    }
    UnitSigns& signs = signs_[unit / 64];
    signs.above |= std::uint64_t{mask_of(positive & ~is_below)} << unit % 64;
    signs.below |= std::uint64_t{mask_of(positive & is_below)} << unit % 64;
    const Bits both = negative & (magnitude(first) > off);
    signs.both |= std::uint64_t{mask_of(both)} << unit % 64;
    const Lanes shrunk = broadcast(1.0 - factor_), grown = broadcast(1.0 + factor_);
    return positive & (next * shrunk - off > least * grown + off) ? at
                                                                  : broadcast(-1.0);
  }

  /// Units whose functions are least at a vertex, if its walls can be named.
  void group(const Vertex& vertex, int n_units) {
    if (n_groups_ == static_cast<int>(groups_.size())) groups_.emplace_back();
    Trace::Group& group = groups_[n_groups_];
    group.units.assign((static_cast<std::size_t>(n_units) + 63) / 64, 0);
    std::uint64_t any = 0;
    for (int first = 0; first < n_units; first += 64) {
      std::uint64_t units = 0;
      const int n = std::min(n_units - first, 64);
      for (int i = 0; i < n; i += n_lanes) {
        const Bits here = lanes_at(&least_[first + i]) == broadcast(vertex.number);
        units |= std::uint64_t{mask_of(here)} << i;
      }
      group.units[first / 64] = units & (~std::uint64_t{0} >> (64 - n));
      any |= group.units[first / 64];
    }
    group.number = static_cast<int>(vertex.number);
    n_groups_ += any != 0 && names_of(vertex.incident, group.names);
  }

  /// All corners but dead ones, as many as fill the lanes, side by side.
  void prepare() {
    prepared_ = certain_ = true;
    corners_.clear();
    for (int i = 0; i < cell_.size; ++i) {
      if (!cell_.first[i].dead) corners_.push_back(&cell_.first[i]);
    }
    while (corners_.size() % n_lanes != 0) corners_.push_back(nullptr);
    const std::size_t n = corners_.size();
    for (std::vector<double>* v : {&radii_, &per_least_, &per_most_, &low_, &high_}) {
      v->resize(n);
    }
    for (std::vector<double>& x : x_) x.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      // Rays are nowhere least; behind the last corner stand copies of the first.
      const Generator<D>& g =
          pool_[corners_[i] ? corners_[i]->generator : corners_[0]->generator];
      for (int k = 0; k <= D; ++k) x_[k][i] = g.x[k];
      radii_[i] = g.radius;
      per_least_[i] = per_most_[i] = INFINITY;
      if (g.is_ray || corners_[i] == nullptr) continue;
      const double off = g.radius + tiny;
      certain_ = certain_ && g.x[0] > 2.0 * off;
      per_least_[i] = 0.9999998 / (g.x[0] + off);
      per_most_[i] = 1.0000002 / (g.x[0] - off);
    }
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
      const auto own = static_cast<double>(slot.side());
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
  CornerSpan cell_;
  std::vector<Vertex> vertices_;
  std::vector<const Generator<D>*> rays_;
  std::vector<double> least_;  // by unit of a layer: number of the corner, or -1
  std::vector<UnitSigns> signs_;
  std::vector<Trace::Group> groups_;
  int n_groups_ = 0;
  bool usable_ = false;
  double factor_ = 0.0, off_ = 0.0, of_row_ = 0.0, per_most_of_all_ = 0.0;
  // What `prepare` makes.
  std::vector<const Corner*> corners_;
  std::vector<double> x_[D + 1], radii_;
  std::vector<double> per_least_, per_most_;  // of a value over x_0, certainly
  std::vector<double> low_, high_;            // of the values
  bool prepared_ = false, certain_ = false;
  double padded_[D + 1][(D + 8) / 8 * 8] = {};  // rows for `supports`
  Combination combination_;
  std::vector<int> coordinates_;
  SupportProof proof_;
};

}  // namespace polyregions::POLYREGIONS_ISA
