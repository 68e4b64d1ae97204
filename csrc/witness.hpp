// SPDX-License-Identifier: MIT
// A point passed through the network with a running error bound: the proof that a cell
// is not empty.
//
//  (forward)  z = W h + b with |h_j - fl(h_j)| <= r_j is off by at most
//             gamma |b| + sum_j |W_j| (r_j + gamma |h_j|), gamma = (n_in + 4) u.
//             No map is composed, so the bound does not grow with the path.
#pragma once

#include <cmath>
#include <vector>

#include "dictionary_start.hpp"
#include "isa.hpp"
#include "lanes.hpp"
#include "path_state.hpp"
#include "polyhedron.hpp"

namespace polyregions::POLYREGIONS_ISA {

class Witness {
 public:
  Witness(PathState& state, const DictionaryStart& start)
      : state_(state),
        problem_(state.question.problem),
        floats_(state.question.floats),
        start_(start) {
    int widest = 0;
    for (const FloatLayer& layer : floats_.layers) {
      widest = layer.stride > widest ? layer.stride : widest;
    }
    z_.resize(widest);
    z_radius_.resize(widest);
    h_.resize(widest);
    h_radius_.resize(widest);
  }

  /// True when y certainly lies in the cell: on the right side of the domain's walls
  /// and, for every unit up to the last cutting layer, strictly inside the piece that
  /// the path's digits say.  Units identically on a breakpoint (proved before) are not
  /// asked.
  bool shows(const double* y) { return passes(y, nullptr); }

  /// True when a point on the wall, near y, is certainly inside the domain and inside
  /// the pieces of all units but the wall's: the wall carries a facet, across which no
  /// other unit changes.
  bool shows_facet(const double* y, const PathWall& wall) { return passes(y, &wall); }

  /// Audit of a witness: domain and digits once more, in integers.
  bool audit(const double* y) {
    const auto point = dyadic_point(y, problem_.search.dim);
    if (!point) return false;
    const auto value = [&](const Row& row) {
      return value_at(row, point->numerators, point->denominator).sign();
    };
    for (const Row& row : problem_.search.rows) {
      if (value(row) <= 0) return false;
    }
    for (const PatternLayout::Column& c : problem_.layout.columns) {
      if (state_.on_break[problem_.layout.column_of[c.layer][c.unit]]) continue;
      const int digit = state_.digits[c.layer][c.unit];
      for (int j = 0; j < n_breaks(problem_.network.layers[c.layer], c.unit); ++j) {
        const Row row = state_.path.break_row_of(c.layer, c.unit, j);
        if (value(row) != (j < digit ? 1 : -1)) return false;
      }
    }
    return true;
  }

 private:
  bool passes(const double* y, const PathWall* on) {
    const LayerSpan& span = state_.question.span;
    const int dim = problem_.search.dim;
    size_ = 1.0;
    for (int k = 0; k < dim; ++k) size_ += std::fabs(y[k]);
    if (!(size_ < 0x1p500)) return false;
    moved_ = 1;
    reach_ = 0.0;
    if (on != nullptr && !find_reach(y, *on)) return false;
    if (!inside_domain(y)) return false;
    first_layer(y);
    for (std::size_t l = span.first;; ++l) {
      const bool here = on != nullptr && on->wall.layer == static_cast<int>(l);
      if (!inside_pieces(l, here ? on->wall.unit : -1)) return false;
      if (l == span.last) return true;
      activate(l);
      next_layer(l + 1);
    }
  }

  /// Moving coordinate `moved_` by at most `reach_` takes y onto the wall.
  bool find_reach(const double* y, const PathWall& wall) {
    const int dim = problem_.search.dim;
    double value = wall.row[0];
    for (int k = 1; k <= dim; ++k) {
      value += wall.row[k] * y[k - 1];
      if (std::fabs(wall.row[k]) > std::fabs(wall.row[moved_])) moved_ = k;
    }
    const double slope = std::fabs(wall.row[moved_]) - wall.radius;
    const double off =
        std::fabs(value) + 1.001 * (wall.radius + (dim + 4) * unit_roundoff) * size_;
    reach_ = 1.001 * off / slope;
    return slope > 0x1p-20 && reach_ < 0x1p-10 * size_;
  }

  bool inside_domain(const double* y) {
    const int dim = problem_.search.dim;
    const double gamma = (dim + 4) * unit_roundoff;
    for (std::size_t i = 0; i < start_.n_domain; ++i) {
      const PathWall& wall = start_.walls[i];
      double value = wall.row[0];
      for (int k = 0; k < dim; ++k) value += wall.row[k + 1] * y[k];
      // Rows are scaled to at most 1.
      const double margin = (wall.radius + gamma) * size_ +
                            (std::fabs(wall.row[moved_]) + wall.radius) * reach_;
      if (!(value > 1.001 * margin)) return false;
    }
    return true;
  }

  /// Rows of the first cutting layer are known: they are not composed again.
  void first_layer(const double* y) {
    const int dim = problem_.search.dim;
    const FloatLayer& layer = floats_.layers[state_.question.span.first];
    const double* data = state_.rows.data(state_.first_block);
    const double* const base =
        state_.rows.radii(state_.question.span.first, state_.first_block).base;
    const Lanes gamma = broadcast((dim + 4) * unit_roundoff);
    const std::size_t stride = layer.stride;
    for (std::size_t i = 0; i < stride; i += n_lanes) {
      Lanes value = lanes_at(data + i), total = magnitude(value);
      for (int k = 1; k <= dim; ++k) {
        const Lanes term = lanes_at(data + k * stride + i) * broadcast(y[k - 1]);
        value += term;
        total += magnitude(term);
      }
      const Lanes radii = lanes_at(base + i);
      const Lanes moved = magnitude(lanes_at(data + moved_ * stride + i)) + radii;
      put_lanes(&z_[i], value);
      put_lanes(&z_radius_[i],
                broadcast(1.001) * (gamma * total + radii * broadcast(size_) +
                                    moved * broadcast(reach_)) +
                    broadcast(0x1p-1060));
    }
  }

  bool inside_pieces(std::size_t l, int but) const {
    const FloatLayer& layer = floats_.layers[l];
    const std::vector<std::uint8_t>& digits = state_.digits[l];
    for (int unit = 0; unit < layer.n_out && layer.cuts; ++unit) {
      if (unit == but) continue;
      const std::vector<double>& breaks = layer.breaks[unit];
      const std::size_t digit = digits[unit];
      if (state_.flagged) {
        const int column = problem_.layout.column_of[l][unit];
        if (column >= 0 && state_.on_break[column]) continue;
      }
      const double margin =
          1.001 * z_radius_[unit] + 2 * unit_roundoff * std::fabs(z_[unit]);
      if (digit > 0 && !(z_[unit] - breaks[digit - 1] > margin)) return false;
      if (digit < breaks.size() && !(breaks[digit] - z_[unit] > margin)) {
        return false;
      }
    }
    return true;
  }

  void activate(std::size_t l) {
    const FloatLayer& layer = floats_.layers[l];
    for (int unit = 0; unit < layer.n_out; ++unit) {
      h_[unit] = z_[unit];
      h_radius_[unit] = z_radius_[unit];
      const FloatPiece& piece = layer.piece(unit, state_.digits[l][unit]);
      if (piece.is_identity()) continue;
      const double slope = piece.slope, offset = piece.offset;
      const double scaled = slope * z_[unit];
      h_[unit] = scaled + offset;
      h_radius_[unit] =
          1.001 * (std::fabs(slope) * z_radius_[unit] + piece.offset_radius +
                   2 * unit_roundoff * (std::fabs(scaled) + std::fabs(offset)));
    }
  }

  void next_layer(std::size_t l) {
    const FloatLayer& layer = floats_.layers[l];
    const double gamma = (layer.n_in + 4) * unit_roundoff;
    for (int i = 0; i < layer.stride; i += n_lanes) {
      Lanes value = lanes_at(&layer.bias[i]);
      Lanes radius = magnitude(value) * broadcast(gamma);
      for (int k = 0; k < layer.n_in; ++k) {
        const double total = 1.001 * (h_radius_[k] + gamma * std::fabs(h_[k]));
        // NaN is not 0: it goes on.
        if (h_[k] == 0.0 && total == 0.0) continue;
        const Lanes weights =
            lanes_at(&layer.columns[static_cast<std::size_t>(k) * layer.stride + i]);
        value += weights * broadcast(h_[k]);
        radius += magnitude(weights) * broadcast(total);
      }
      put_lanes(&z_[i], value);
      put_lanes(&z_radius_[i], broadcast(1.001) * radius + broadcast(0x1p-1060));
    }
  }

  PathState& state_;
  const Problem& problem_;
  const FloatNetwork& floats_;
  const DictionaryStart& start_;
  double size_ = 0.0;   // 1 + |y|_1
  int moved_ = 1;       // this coordinate (from 1) is known
  double reach_ = 0.0;  // only so well
  std::vector<double> z_, z_radius_, h_, h_radius_;
};

}  // namespace polyregions::POLYREGIONS_ISA
