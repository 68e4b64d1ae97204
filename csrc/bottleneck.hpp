// SPDX-License-Identifier: MIT
// Proofs behind rank bottlenecks.
//
// When k units of a layer are active and k is less than the rank so far, all that comes
// later depends on their pre-activations u in R^k alone.  The optimal multipliers of a
// later function then have exact zeros, which no interval can prove.  But walls that
// are functions of u too, k independent ones of them with positive multipliers, prove
// it by a k x k system in the coordinates u.
//
// Which coordinates: say the support of the multipliers begins with walls of the
// coordinates u of one bottleneck.  In general position each narrower one behind it
// takes as many multipliers to stay inside its coordinates as it has fewer of them, so
// the support has exactly k walls, and the system is square.  The last bottleneck is
// tried first, then those before it; the choice needs no proof.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>
#include <vector>

#include "cone.hpp"
#include "isa.hpp"
#include "path_state.hpp"
#include "row_blocks.hpp"

namespace polyregions::POLYREGIONS_ISA {

inline bool is_active(const FloatLayer& layer, int unit, std::uint8_t digit) {
  return layer.slope(unit, digit) != 0.0;
}

/// Units of a layer whose piece is not constant.
inline int n_active(const FloatLayer& layer, const std::vector<std::uint8_t>& digits) {
  int n = 0;
  for (int unit = 0; unit < layer.n_out; ++unit) {
    n += is_active(layer, unit, digits[unit]);
  }
  return n;
}

/// A bottleneck of the current path, and later rows in its coordinates, composed when
/// somebody asks for them.
class Bottleneck {
 public:
  explicit Bottleneck(const FloatNetwork& floats) : floats_(floats), rows_(floats, 0) {}

  /// Behind the layer before `layer`, whose digits are known.
  void begin(std::size_t layer, const Digits& digits) {
    const FloatLayer& before = floats_.layers[layer - 1];
    layer_ = layer;
    rank_ = 0;
    coordinate_.clear();
    for (int unit = 0; unit < before.n_out; ++unit) {
      const bool active = is_active(before, unit, digits[layer - 1][unit]);
      coordinate_.push_back(active ? rank_++ : -1);
    }
    rows_.reset(rank_);
    blocks_.clear();
  }

  /// Digits of the layer before `l` are about to change.
  void forget_from(std::size_t l) {
    const std::size_t kept = l + 1 > layer_ ? l + 1 - layer_ : 1;
    if (blocks_.size() <= kept) return;
    rows_.drop(blocks_[kept]);
    blocks_.resize(kept);
  }

  std::size_t layer() const { return layer_; }
  int rank() const { return rank_; }

  /// Row of a wall of layer - 1 or later, scaled to at most 1; returns its radius.
  double row(const Wall& wall, const Digits& digits, double* out) {
    const auto l = static_cast<std::size_t>(wall.layer);
    compose(l, digits);
    double radius = rows_.row(l, wall.unit, wall.index, blocks_[l + 1 - layer_], out);
    double size = 0.0;
    for (int k = 0; k <= rank_; ++k) {
      size = std::fabs(out[k]) > size ? std::fabs(out[k]) : size;
    }
    // Zero, NaN and extreme rows prove nothing; a radius of infinity says so.
    if (!(size > 0x1p-900 && size < 0x1p900)) return INFINITY;
    const double factor = normaliser(size);
    for (int k = 0; k <= rank_; ++k) out[k] *= factor;
    return radius * factor + 0x1p-1060;
  }

 private:
  /// Blocks of the layers layer_ - 1 to l.
  void compose(std::size_t l, const Digits& digits) {
    if (blocks_.empty()) blocks_.push_back(rows_.coordinates(layer_ - 1, coordinate_));
    while (blocks_.size() <= l + 1 - layer_) {
      const std::size_t from = layer_ - 2 + blocks_.size();
      const std::size_t own = blocks_.back();
      blocks_.push_back(rows_.biases(from + 1));
      const int n_out = floats_.layers[from].n_out;
      for (int first = 0; first < n_out; first += 64) {
        const std::uint64_t all =
            ~std::uint64_t{0} >> (64 - std::min(n_out - first, 64));
        rows_.contribute(from, first, all, digits[from].data(), own);
      }
      rows_.add_noted(from, blocks_.back());
    }
  }

  const FloatNetwork& floats_;
  std::size_t layer_ = 0;
  int rank_ = 0;
  std::vector<int> coordinate_;  // of the units of the layer before; -1: dead
  RowBlocks rows_;
  std::vector<std::size_t> blocks_;
};

/// A square system of walls, and its proof of a sign: the bound is that of
/// dictionary.hpp, with an inverse of its own.
class SquareSystem {
 public:
  /// Room for a system of n walls.
  void begin(int n) {
    m_ = n + 1;
    width_ = (m_ + n_lanes - 1) / n_lanes * n_lanes;
    radius = 0.0;
    const auto size = static_cast<std::size_t>(m_) * width_;
    matrix_.assign(size, 0.0);
    matrix_[0] = 1.0;
    for (std::vector<double>* v : {&g_, &sizes_, &weights_, &lambda_}) {
      v->assign(width_, 0.0);
    }
  }
  /// Wall i over the coordinates (n + 1), oriented; g likewise.
  double* row(int i) { return matrix_.data() + at(i + 1); }
  double* g() { return g_.data(); }
  double radius = 0.0;  // the largest of the walls'

  /// True when sign * g > 0 is certain on {rows > 0}: g = lambda rows + c with lambda
  /// and c certainly positive.
  bool proves(double g_radius, int sign) {
    if (!invert()) return false;
    times_inverse(g_.data(), lambda_.data());
    double total = 0.0, g_size = 0.0, norm = 0.0;
    for (int j = 0; j < m_; ++j) {
      double size = 0.0;
      for (int k = 0; k < m_; ++k) size += std::fabs(inverse_[at(k) + j]);
      sizes_[j] = size;
      weights_[j] = 1.0 / size;
      total += size;
      norm += std::fabs(lambda_[j]);
      g_size = std::fabs(g_[j]) > g_size ? std::fabs(g_[j]) : g_size;
    }
    const double gamma = 4.0 * (m_ + 4) * unit_roundoff;
    const double eta = 1.001 * (worst_residual() + radius + gamma);
    const double spread = eta * total;
    if (!(spread < 0.25)) return false;
    const double bound =
        1.001 * (g_radius + gamma * g_size + norm * eta / (1.0 - spread));
    for (int j = 0; j < m_; ++j) {
      if (!(sign * lambda_[j] > bound * sizes_[j])) return false;
    }
    return true;
  }

 private:
  std::size_t at(int i) const { return static_cast<std::size_t>(i) * width_; }

  /// out = v X, X the approximate inverse.
  void times_inverse(const double* v, double* out) const {
    for (int j = 0; j < width_; j += n_lanes) {
      Lanes sum = broadcast(0.0);
      for (int k = 0; k < m_; ++k) {
        sum += broadcast(v[k]) * lanes_at(inverse_.data() + at(k) + j);
      }
      put_lanes(out + j, sum);
    }
  }

  double worst_residual() {
    Lanes worst = broadcast(0.0), sum = broadcast(0.0);
    residual_.resize(width_);
    for (int i = 0; i < m_; ++i) {
      times_inverse(matrix_.data() + at(i), residual_.data());
      residual_[i] -= 1.0;
      for (int j = 0; j < width_; j += n_lanes) {
        const Lanes relative =
            magnitude(lanes_at(&residual_[j])) * lanes_at(&weights_[j]);
        worst = relative > worst ? relative : worst;
        sum += relative;  // a NaN hides in a maximum, but not in a sum
      }
    }
    double checked = 0.0;
    for (int i = 0; i < n_lanes; ++i) checked += sum[i];
    return checked < INFINITY ? largest(worst) : INFINITY;
  }

  /// Gauss-Jordan; false when the matrix seems singular.
  bool invert() {
    reduced_ = matrix_;
    inverse_.assign(matrix_.size(), 0.0);
    for (int i = 0; i < m_; ++i) inverse_[at(i) + i] = 1.0;
    for (int column = 0; column < m_; ++column) {
      int best = column;
      for (int i = column + 1; i < m_; ++i) {
        if (std::fabs(reduced_[at(i) + column]) >
            std::fabs(reduced_[at(best) + column])) {
          best = i;
        }
      }
      const double pivot = reduced_[at(best) + column];
      if (!(std::fabs(pivot) > 0x1p-300)) return false;
      for (std::vector<double>* v : {&reduced_, &inverse_}) {
        double* const own = v->data() + at(column);
        if (best != column) std::swap_ranges(own, own + width_, v->data() + at(best));
        scale(own, 1.0 / pivot);
      }
      for (int i = 0; i < m_; ++i) {
        const double factor = reduced_[at(i) + column];
        if (i == column || factor == 0.0) continue;
        subtract(reduced_.data() + at(i), factor, reduced_.data() + at(column));
        subtract(inverse_.data() + at(i), factor, inverse_.data() + at(column));
      }
    }
    return true;
  }

  void scale(double* row, double factor) const {
    for (int j = 0; j < width_; j += n_lanes) {
      put_lanes(row + j, lanes_at(row + j) * broadcast(factor));
    }
  }

  void subtract(double* row, double factor, const double* other) const {
    for (int j = 0; j < width_; j += n_lanes) {
      put_lanes(row + j, lanes_at(row + j) - broadcast(factor) * lanes_at(other + j));
    }
  }

  int m_ = 0, width_ = 0;                           // coordinates and the 1; padded
  std::vector<double> matrix_, reduced_, inverse_;  // (m, width)
  std::vector<double> g_, sizes_, weights_, lambda_, residual_;
};

/// The bottlenecks of the current path, each narrower than the one before.
class BottleneckChain {
 public:
  explicit BottleneckChain(const FloatNetwork& floats) : floats_(floats) {}

  std::size_t size() const { return size_; }
  void release(std::size_t size) { size_ = size; }

  /// Coordinates that later layers depend on.
  int rank(int dim) const { return size_ == 0 ? dim : all_[size_ - 1].rank(); }

  /// Behind fewer active units than coordinates matter there is one more.
  void enter_layer(std::size_t l, const PathState& state, int dim) {
    for (std::size_t i = 0; i < size_; ++i) all_[i].forget_from(l);
    if (l == state.question.span.first) return;
    if (n_active(floats_.layers[l - 1], state.digits[l - 1]) >= rank(dim)) return;
    if (all_.size() == size_) all_.emplace_back(floats_);
    all_[size_++].begin(l, state.digits);
  }

  /// The proof in the coordinates of a bottleneck, the last one first: `wall_of(j)` are
  /// the walls of a basis, j from 1 to dim, and `multipliers` roughly what they take.
  template <class WallOf>
  bool proves(const Wall& wall, int sign, const Digits& digits, int dim, WallOf wall_of,
              const double* multipliers) {
    for (std::size_t i = size_; i-- > 0;) {
      Bottleneck& narrow = all_[i];
      if (static_cast<std::size_t>(wall.layer) + 1 < narrow.layer()) continue;
      support_.clear();
      for (int j = 1; j <= dim; ++j) {
        // Functions of the coordinates.
        const int layer = wall_of(j).layer;
        if (layer >= 0 && static_cast<std::size_t>(layer) + 1 >= narrow.layer()) {
          support_.push_back(j);
        }
      }
      const int extra = static_cast<int>(support_.size()) - narrow.rank();
      if (extra < 0) continue;
      if (extra > 0) take_largest(multipliers);
      system_.begin(narrow.rank());
      for (int k = 0; k < narrow.rank(); ++k) {
        const Wall& own = wall_of(support_[k]);
        double* const row = system_.row(k);
        const double radius = narrow.row(own, digits, row);
        for (int j = 0; j <= narrow.rank(); ++j) row[j] *= own.orientation;
        system_.radius = radius > system_.radius ? radius : system_.radius;
      }
      const double g_radius = narrow.row(wall, digits, system_.g());
      if (g_radius < INFINITY && system_.proves(g_radius, sign)) return true;
    }
    return false;
  }

 private:
  /// The columns of the largest multipliers come first.
  void take_largest(const double* multipliers) {
    std::sort(support_.begin(), support_.end(), [multipliers](int a, int b) {
      const double x = std::fabs(multipliers[a]), y = std::fabs(multipliers[b]);
      return x > y || (x == y && a < b);
    });
  }

  const FloatNetwork& floats_;
  std::deque<Bottleneck> all_;
  std::size_t size_ = 0;
  SquareSystem system_;
  std::vector<int> support_;
};

}  // namespace polyregions::POLYREGIONS_ISA
