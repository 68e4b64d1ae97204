// SPDX-License-Identifier: MIT
// Whether the outputs feel the units whose hyperplanes bound a cell.
//
// What they feel of the units before the last cutting layer, a sum over that layer's
// units, is summed up along the path like the rows of a layer: blocks on a stack, to
// which units that are decided add their part.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "exact_path.hpp"
#include "felt_network.hpp"
#include "isa.hpp"
#include "lanes.hpp"
#include "path_state.hpp"
#include "stack.hpp"

namespace polyregions::POLYREGIONS_ISA {

class Felt {
 public:
  Felt(const FeltNetwork& network, const PathState& state)
      : network_(network),
        floats_(state.question.floats),
        state_(state),
        values_(floats_.layers.size()) {}

  /// A new block, for which no unit of the last cutting layer is decided.
  std::size_t block() {
    const auto n = static_cast<std::size_t>(last().stride);
    std::fill_n(blocks_.push(n), n, 0.0);
    return blocks_.size() - n;
  }
  std::size_t copied(std::size_t from) {
    const auto n = static_cast<std::size_t>(last().stride);
    double* const to = blocks_.push(n);
    std::copy_n(&blocks_[from], n, to);
    return blocks_.size() - n;
  }
  void drop(std::size_t block) { blocks_.resize(block); }

  /// Some of 64 units of the last cutting layer from `first` on are decided.
  void add(std::size_t block, int first, std::uint64_t units) {
    const std::size_t l = state_.question.span.last;
    const double* rows[64];
    double weights[64];
    int n = 0;
    for (; units != 0; units &= units - 1) {
      const int unit = first + __builtin_ctzll(units);
      weights[n] = slope(floats_.layers[l], l, unit) * network_.last[unit];
      rows[n] = last().rows.data() + static_cast<std::size_t>(unit) * last().stride;
      n += weights[n] != 0.0;
    }
    double* const to = &blocks_[block];
    for (int k = 0; k < last().stride; k += n_lanes) {
      Lanes sum = lanes_at(to + k);
      for (int i = 0; i < n; ++i) sum += broadcast(weights[i]) * lanes_at(rows[i] + k);
      put_lanes(to + k, sum);
    }
  }

  enum class Verdict { all, some_not, unknown };

  /// What is felt of the walls, on the cell of the path's digits: all of them, or of
  /// `unfelt` certainly nothing and of all others certainly something, or in doubt.
  /// `block`: to which all units have added.
  Verdict look(const std::vector<Wall>& walls, std::size_t block,
               std::vector<std::size_t>& unfelt) {
    block_ = block;
    unfelt.clear();
    deeper_.clear();
    const std::size_t last = state_.question.span.last;
    std::size_t lowest = last;
    const auto seems_unfelt = [&](std::size_t i, std::size_t l, int unit) {
      unfelt.push_back(i);
      return !certainly_nothing(l, unit);
    };
    for (std::size_t i = 0; i < walls.size(); ++i) {
      const auto l = static_cast<std::size_t>(walls[i].layer);
      const int unit = walls[i].unit;
      if (l + 1 < last) {
        lowest = l < lowest ? l : lowest;
        deeper_.push_back({i, l, unit});
      } else if (!is_felt(l, unit, known(l)[unit]) && seems_unfelt(i, l, unit)) {
        return Verdict::unknown;
      }
    }
    for (std::size_t l = last - 2; !deeper_.empty() && l + 1 > lowest; --l) {
      weigh(l);
      // Of the lowest layer only the walls' own units are asked for.
      const double* const values = l > lowest ? of_layer(l) : nullptr;
      for (const Deeper& own : deeper_) {
        if (own.layer != l) continue;
        const double value = values ? values[own.unit] : of_unit(l, own.unit);
        if (!is_felt(l, own.unit, value) && seems_unfelt(own.wall, l, own.unit)) {
          return Verdict::unknown;
        }
      }
    }
    return unfelt.empty() ? Verdict::all : Verdict::some_not;
  }

 private:
  const FeltLayer& last() const { return network_.layers[state_.question.span.last]; }

  bool is_felt(std::size_t l, int unit, double value) const {
    return std::fabs(value) > network_.layers[l].threshold[unit];
  }

  /// v of a layer's units, once it is known.
  const double* known(std::size_t l) const {
    const std::size_t last = state_.question.span.last;
    if (l == last) return network_.last.data();
    return l + 1 == last ? &blocks_[block_] : values_[l].data();
  }

  /// v of a layer's units, after `weigh`.
  const double* of_layer(std::size_t l) {
    const FeltLayer& behind = network_.layers[l + 1];
    std::vector<double>& out = values_[l];
    out.resize(behind.stride);
    for (int k = 0; k < behind.stride; k += n_lanes) {
      Lanes sum = broadcast(0.0);
      for (int unit = 0; unit < floats_.layers[l + 1].n_out; ++unit) {
        if (weights_[unit] == 0.0) continue;
        const std::size_t row = static_cast<std::size_t>(unit) * behind.stride + k;
        sum += broadcast(weights_[unit]) * lanes_at(behind.rows.data() + row);
      }
      put_lanes(&out[k], sum);
    }
    return out.data();
  }

  /// v of one unit, after `weigh`.
  double of_unit(std::size_t l, int unit) const {
    const FloatLayer& behind = floats_.layers[l + 1];
    const double* const column =
        behind.columns.data() + static_cast<std::size_t>(unit) * behind.stride;
    // Eight sums, whatever a register holds: the same numbers everywhere.
    Lanes lanes[8 / n_lanes] = {};
    for (int i = 0; i < behind.stride; i += 8) {
      for (int k = 0; k < 8 / n_lanes; ++k) {
        const int at = i + k * n_lanes;
        lanes[k] += lanes_at(&weights_[at]) * lanes_at(column + at);
      }
    }
    for (int n = 4; n >= n_lanes; n /= 2) {
      for (int k = 0; k < n / n_lanes; ++k) lanes[k] += lanes[k + n / n_lanes];
    }
    double sums[n_lanes];
    put_lanes(sums, lanes[0]);
    for (int n = n_lanes / 2; n > 0; n /= 2) {
      for (int k = 0; k < n; ++k) sums[k] += sums[k + n];
    }
    return sums[0];
  }

  /// What is felt before the activations of the layer behind l.
  void weigh(std::size_t l) {
    const FloatLayer& layer = floats_.layers[l + 1];
    const double* const felt = known(l + 1);
    const std::vector<std::uint8_t>& digits = state_.digits[l + 1];
    weights_.resize(layer.stride);
    if (layer.plain) {
      const double *const low = layer.slopes[0].data(), *high = layer.slopes[1].data();
      for (int i = 0; i < layer.stride; i += n_lanes) {
        const Lanes slopes =
            are_set(&digits[i]) ? lanes_at(high + i) : lanes_at(low + i);
        put_lanes(&weights_[i], lanes_at(felt + i) * slopes);
      }
      return;
    }
    std::fill(weights_.begin(), weights_.end(), 0.0);
    for (int i = 0; i < layer.n_out; ++i) {
      weights_[i] = felt[i] * layer.slope(i, digits[i]);
    }
  }

  double slope(const FloatLayer& layer, std::size_t l, int unit) const {
    return layer.slope(unit, state_.digits[l][unit]);
  }

  /// True when every path from the unit to an output has a factor 0.
  bool certainly_nothing(std::size_t l, int unit) {
    if (dead_behind(l)) return true;
    reached_.assign(1, unit);
    for (++l; l < floats_.layers.size() && !reached_.empty(); ++l) {
      const FloatLayer& layer = floats_.layers[l];
      next_.clear();
      for (int i = 0; i < layer.n_out; ++i) {
        if (l <= state_.question.span.last && slope(layer, l, i) == 0.0) continue;
        for (const int k : reached_) {
          if (layer.columns[static_cast<std::size_t>(k) * layer.stride + i] != 0.0) {
            next_.push_back(i);
            break;
          }
        }
      }
      reached_.swap(next_);
    }
    return reached_.empty();
  }

  /// True when no unit of some layer behind l is active: what nearly always is the
  /// reason.
  bool dead_behind(std::size_t l) const {
    for (++l; l <= state_.question.span.last; ++l) {
      const FloatLayer& layer = floats_.layers[l];
      bool dead = true;
      for (int i = 0; i < layer.n_out && dead; ++i) dead = slope(layer, l, i) == 0.0;
      if (dead) return true;
    }
    return false;
  }

  const FeltNetwork& network_;
  const FloatNetwork& floats_;
  const PathState& state_;
  std::size_t block_ = 0;
  Stack<double> blocks_;                     // of the last cutting layer: (n_in) each
  std::vector<std::vector<double>> values_;  // by layer
  std::vector<double> weights_;              // of the layer behind
  std::vector<int> reached_, next_;
  struct Deeper {
    std::size_t wall, layer;
    int unit;
  };
  std::vector<Deeper> deeper_;  // walls before the last two layers
};

}  // namespace polyregions::POLYREGIONS_ISA
