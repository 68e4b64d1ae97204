// SPDX-License-Identifier: MIT
// Whether the outputs feel the units whose hyperplanes bound a cell.
#pragma once

#include <cmath>
#include <vector>

#include "exact_path.hpp"
#include "felt_network.hpp"
#include "isa.hpp"
#include "lanes.hpp"
#include "path_state.hpp"

namespace polyregions::POLYREGIONS_ISA {

class Felt {
 public:
  Felt(const FeltNetwork& network, const PathState& state)
      : network_(network),
        floats_(state.question.floats),
        state_(state),
        values_(floats_.layers.size()) {}

  enum class Verdict { all, some_not, unknown };

  /// What is felt of the walls, on the cell of the path's digits: all of them, or of
  /// `unfelt` certainly nothing and of all others certainly something, or in doubt.
  Verdict look(const std::vector<Wall>& walls, std::vector<std::size_t>& unfelt) {
    unfelt.clear();
    lowest_ = floats_.layers.size();
    for (const Wall& wall : walls) {
      const auto l = static_cast<std::size_t>(wall.layer);
      lowest_ = l < lowest_ ? l : lowest_;
    }
    for (std::size_t l = state_.question.span.last;; --l) {
      // Of the lowest layer only the walls' own units are asked for.
      const double* const values = l > lowest_ ? of_layer(l) : nullptr;
      if (values == nullptr) weigh(l);
      for (std::size_t i = 0; i < walls.size(); ++i) {
        if (walls[i].layer != static_cast<int>(l)) continue;
        const int unit = walls[i].unit;
        const double value = values != nullptr ? values[unit] : of_unit(l, unit);
        if (std::fabs(value) > network_.layers[l].threshold[unit]) continue;
        if (!certainly_nothing(l, unit)) return Verdict::unknown;
        unfelt.push_back(i);
      }
      if (l <= lowest_) break;
    }
    return unfelt.empty() ? Verdict::all : Verdict::some_not;
  }

 private:
  /// v of a layer's units, from that of the layer behind.
  const double* of_layer(std::size_t l) {
    if (l == state_.question.span.last) return network_.last.data();
    weigh(l);
    const FeltLayer& behind = network_.layers[l + 1];
    std::vector<double>& out = values_[l];
    out.resize(behind.stride);
    for (int k = 0; k < behind.stride; k += n_lanes) {
      Lanes sum = broadcast(0.0);
      for (const int unit : active_) {
        const std::size_t row = static_cast<std::size_t>(unit) * behind.stride + k;
        sum += broadcast(weights_[unit]) * lanes_at(behind.rows.data() + row);
      }
      put_lanes(&out[k], sum);
    }
    return out.data();
  }

  /// v of one unit, after `weigh`.
  double of_unit(std::size_t l, int unit) const {
    if (l == state_.question.span.last) return network_.last[unit];
    const FloatLayer& behind = floats_.layers[l + 1];
    const double* const column =
        behind.columns.data() + static_cast<std::size_t>(unit) * behind.stride;
    double sums[8] = {};
    for (int i = 0; i < behind.stride; i += 8) {
      for (int k = 0; k < 8; ++k) sums[k] += weights_[i + k] * column[i + k];
    }
    double total = 0.0;
    for (const double sum : sums) total += sum;
    return total;
  }

  /// What is felt before the activations of the layer behind l.
  void weigh(std::size_t l) {
    if (l == state_.question.span.last) return;
    const FloatLayer& layer = floats_.layers[l + 1];
    const double* const felt = l + 1 == state_.question.span.last
                                   ? network_.last.data()
                                   : values_[l + 1].data();
    weights_.assign(layer.stride, 0.0);
    active_.clear();
    for (int i = 0; i < layer.n_out; ++i) {
      const double w = felt[i] * slope(layer, l + 1, i);
      if (w == 0.0) continue;
      weights_[i] = w;
      active_.push_back(i);
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
  std::size_t lowest_ = 0;
  std::vector<std::vector<double>> values_;  // by layer
  std::vector<double> weights_;              // of the layer behind
  std::vector<int> active_, reached_, next_;
};

}  // namespace polyregions::POLYREGIONS_ISA
