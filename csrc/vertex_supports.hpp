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
    n_groups_ = 0;
    gather(cell);
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
    if (!row.valid || !usable_) return -1;
    const double side = above ? 1.0 : -1.0;
    if (const Vertex* vertex = least_vertex(row, side)) {
      const bool named = names_of(vertex->incident, names);
      return named ? static_cast<int>(vertex->number) : -1;
    }
    for (const Vertex& vertex : vertices_) {
      if (vertex.may_be_least && names_of(vertex.incident, names) &&
          supports(vertex.incident, row, side)) {
        return static_cast<int>(vertex.number);
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
    double value = 0.0;  // of the function asked about last
    bool may_be_least = false;
  };

  /// Vertices and rays of the cell but for dead ones; numbers count both.
  void gather(CornerSpan cell) {
    vertices_.clear();
    rays_.clear();
    double radius = 0.0, per_most = 0.0, off_most = 0.0;
    int number = 0;
    for (int i = 0; i < cell.size; ++i) {
      const Corner& corner = cell.first[i];
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

  /// The only vertex where side * row is certainly least, and positive; or none, and
  /// those where it may be are marked.
  const Vertex* least_vertex(const FloatRow& row, double side) {
    const double bound = of_row_ * row.radius + off_ * row.norm1 + tiny;
    const double off = bound * per_most_of_all_;
    const Vertex* at = nullptr;
    for (Vertex& vertex : vertices_) {
      vertex.value = row.r[0];
      for (int k = 0; k < D; ++k) vertex.value += row.r[k + 1] * vertex.x[k];
      vertex.value *= side;
      if (at == nullptr || vertex.value < at->value) at = &vertex;
    }
    bool certain = at->value * (1.0 - factor_) > off;
    const double most = std::fabs(at->value) * (1.0 + factor_) + off;
    for (Vertex& vertex : vertices_) {
      vertex.may_be_least = !(vertex.value * (1.0 - factor_) - off > most);
      certain = certain && (&vertex == at || !vertex.may_be_least);
    }
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
  std::vector<Vertex> vertices_;
  std::vector<const Generator<D>*> rays_;
  std::vector<double> least_;  // by unit of a layer: number of the corner, or -1
  std::vector<UnitSigns> signs_;
  std::vector<Trace::Group> groups_;
  int n_groups_ = 0;
  bool usable_ = false;
  double factor_ = 0.0, off_ = 0.0, of_row_ = 0.0, per_most_of_all_ = 0.0;
  double padded_[D + 1][(D + 8) / 8 * 8] = {};  // rows for `supports`
  Combination combination_;
  std::vector<int> coordinates_;
  SupportProof proof_;
};

}  // namespace polyregions::POLYREGIONS_ISA
