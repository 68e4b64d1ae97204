// SPDX-License-Identifier: MIT
// Proofs behind rank bottlenecks.
//
// When k units of a layer are active and k is less than the rank so far, all that comes
// later depends on their values alone: on c_i = value - a break that bounds the unit's
// piece, i = 1 .. k.  The multipliers of a later function on walls that are no
// functions of the c are zero then, which floating point in all coordinates cannot
// prove.  In the coordinates c there are only the other walls, and the cell lies where
// every side_i c_i is nonnegative: (cone) of farkas.hpp in dimension k, with the
// multipliers that the dictionary has already.
//
// Say the support of the multipliers begins with walls of the coordinates of one
// bottleneck.  In general position each narrower one behind it takes as many
// multipliers to stay inside its coordinates as it has fewer of them.  The last
// bottleneck is tried first, then those before it; the choice needs no proof.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>
#include <utility>
#include <vector>

#include "cone.hpp"
#include "farkas.hpp"
#include "isa.hpp"
#include "path_state.hpp"
#include "path_walls.hpp"
#include "row_blocks.hpp"
#include "support_proof.hpp"

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

  /// Behind the layer before `layer`, whose rows are in `block`; `constant`: 1, or 0
  /// where functions have none.
  void begin(std::size_t layer, const PathState& state, std::size_t block,
             double constant) {
    const FloatLayer& before = floats_.layers[layer - 1];
    const std::vector<std::uint8_t>& digits = state.digits[layer - 1];
    layer_ = layer;
    coordinates_.assign(before.n_out, {});
    sides_.assign(1, constant);
    const int dim = state.rows.dim();
    functional_.assign(dim + 1, 0.0);
    functional_[0] = constant;
    row_.resize(dim + 1);
    rank_ = n_active(before, digits);
    is_pointed_ = true;
    for (int unit = 0; unit < before.n_out && is_pointed_; ++unit) {
      if (!is_active(before, unit, digits[unit])) continue;
      const std::vector<double>& breaks = before.breaks[unit];
      // A unit without breaks lies on no side of anything.
      is_pointed_ = !breaks.empty();
      if (!is_pointed_) break;
      const int index = digits[unit] > 0 ? digits[unit] - 1 : 0;
      coordinates_[unit] = {static_cast<int>(sides_.size()), breaks[index]};
      sides_.push_back(digits[unit] > 0 ? 1.0 : -1.0);
      state.rows.row(layer - 1, unit, index, block, row_.data());
      for (int k = 0; k <= dim; ++k) functional_[k] += sides_.back() * row_[k];
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

  /// The cell lies in a cone of the coordinates; false where nothing can be proved.
  bool is_pointed() const { return is_pointed_; }

  /// (rank + 1): v of farkas.hpp, and over the coordinates of the search, roughly.
  const double* sides() const { return sides_.data(); }
  const double* functional() const { return functional_.data(); }

  /// True for a wall that is a function of the coordinates.
  bool knows(const Wall& wall) const {
    if (wall.layer < 0) return false;
    const auto l = static_cast<std::size_t>(wall.layer);
    return l >= layer_ || (l + 1 == layer_ && coordinates_[wall.unit].number > 0);
  }

  /// Row of a wall that it knows, (rank + 1); returns its radius.
  double row(const Wall& wall, const Digits& digits, double* out) {
    const auto l = static_cast<std::size_t>(wall.layer);
    compose(l, digits);
    return rows_.row(l, wall.unit, wall.index, blocks_[l + 1 - layer_], out);
  }

 private:
  /// Blocks of the layers layer_ - 1 to l.
  void compose(std::size_t l, const Digits& digits) {
    if (blocks_.empty()) blocks_.push_back(rows_.coordinates(layer_ - 1, coordinates_));
    while (blocks_.size() <= l + 1 - layer_) {
      const std::size_t from = layer_ - 2 + blocks_.size();
      const std::size_t own = blocks_.back();
      blocks_.push_back(rows_.biases(from + 1));
      const int n_out = floats_.layers[from].n_out;
      for (int first = 0; first < n_out; first += 64) {
        const int n = std::min(n_out - first, 64);
        const std::uint64_t all = ~std::uint64_t{0} >> (64 - n);
        rows_.contribute(from, first, all, digits[from].data(), own);
      }
      rows_.add_noted(from, blocks_.back());
    }
  }

  const FloatNetwork& floats_;
  std::size_t layer_ = 0;
  int rank_ = 0;
  bool is_pointed_ = false;
  std::vector<UnitCoordinate> coordinates_;  // of the units of the layer before
  std::vector<double> sides_, functional_, row_;
  RowBlocks rows_;
  std::vector<std::size_t> blocks_;
};

/// The bottlenecks of the current path, each narrower than the one before.
class BottleneckChain {
 public:
  explicit BottleneckChain(const FloatNetwork& floats) : floats_(floats) {}

  std::size_t size() const { return size_; }
  void release(std::size_t size) { size_ = size; }

  /// Coordinates that later layers depend on.
  template <class Dictionary>
  int rank(const Dictionary& dictionary) const {
    if (size_ > 0) return all_[size_ - 1].rank();
    return dictionary.n_columns() + dictionary.is_central();
  }

  /// Behind fewer active units than coordinates matter there is one more.  `block`:
  /// rows of the layer before.
  template <class Dictionary>
  void enter_layer(std::size_t l, const PathState& state, std::size_t block,
                   const Dictionary& dictionary) {
    for (std::size_t i = 0; i < size_; ++i) all_[i].forget_from(l);
    if (l == state.question.span.first) return;
    if (n_active(floats_.layers[l - 1], state.digits[l - 1]) >= rank(dictionary))
      return;
    if (all_.size() == size_) all_.emplace_back(floats_);
    all_[size_++].begin(l, state, block, dictionary.is_central() ? 0.0 : 1.0);
  }

  /// The proof in the coordinates of a bottleneck, the last one first, from the walls
  /// of the columns of a dictionary and what they roughly take.
  template <class Dictionary>
  bool proves(const Wall& wall, int sign, const Digits& digits,
              const Dictionary& dictionary, const double* multipliers) {
    for (std::size_t i = size_; i-- > 0;) {
      Bottleneck& narrow = all_[i];
      if (narrow.is_pointed() && narrow.knows(wall) &&
          proves(narrow, wall, sign, digits, dictionary, multipliers)) {
        return true;
      }
    }
    return false;
  }

  /// The same for a support: the columns whose walls certainly are one.  These walls
  /// must be independent of each other.
  template <class Dictionary>
  bool supports(const Wall& wall, int sign, const Digits& digits,
                const Dictionary& dictionary, const double* multipliers,
                SupportProof& proof, std::vector<int>& columns) {
    for (std::size_t i = size_; i-- > 0;) {
      Bottleneck& narrow = all_[i];
      if (!narrow.is_pointed() || !narrow.knows(wall) ||
          !propose(narrow, sign, digits, dictionary, multipliers)) {
        continue;
      }
      double* const g = rows_.data() + support_.size() * row_width(narrow);
      const double radius = narrow.row(wall, digits, g);
      coordinates_.resize(static_cast<std::size_t>(narrow.rank()));
      std::iota(coordinates_.begin(), coordinates_.end(), 1);
      proof.begin(narrow.rank());
      if (proof.invert(combination_, coordinates_) &&
          proof.is_independent(combination_) &&
          proof.holds(g, radius, sign, combination_, !dictionary.is_central())) {
        columns = support_;
        return true;
      }
    }
    return false;
  }

 private:
  template <class Dictionary>
  bool proves(Bottleneck& narrow, const Wall& wall, int sign, const Digits& digits,
              const Dictionary& dictionary, const double* multipliers) {
    if (!propose(narrow, sign, digits, dictionary, multipliers)) return false;
    double* const row = rows_.data() + support_.size() * row_width(narrow);
    const double radius = narrow.row(wall, digits, row);
    return proved_by_cone(narrow.rank(), row, radius, sign, combination_,
                          narrow.sides(), row + row_width(narrow));
  }

  static std::size_t row_width(const Bottleneck& narrow) {
    return static_cast<std::size_t>(padded_width(narrow.rank()));
  }

  /// The walls that the bottleneck knows, as terms: support_, combination_, and behind
  /// their rows room for two more.
  template <class Dictionary>
  bool propose(Bottleneck& narrow, int sign, const Digits& digits,
               const Dictionary& dictionary, const double* multipliers) {
    support_.clear();
    const bool central = dictionary.is_central();
    for (int j = central ? 0 : 1; j <= dictionary.n_columns(); ++j) {
      if (narrow.knows(dictionary.wall(j).wall)) support_.push_back(j);
    }
    if (static_cast<int>(support_.size()) < narrow.rank()) return false;
    const std::size_t width = row_width(narrow);
    rows_.assign((support_.size() + 2) * width, 0.0);
    nu_.resize(dictionary.width());
    dictionary.transform(narrow.functional(), nu_.data());
    combination_.lambda = central ? 0.0 : sign * multipliers[0];
    combination_.nu = central ? 0.0 : nu_[0];
    combination_.terms.clear();
    double* row = rows_.data();
    for (const int j : support_) {
      // Multipliers belong to walls of the scale that they have on the path.
      const PathWalls::Info& own = dictionary.wall(j);
      double radius = narrow.row(own.wall, digits, row);
      const double factor = normalised(row, narrow.rank(), radius);
      if (!(factor > 0.0)) return false;
      const double scale = own.factor / factor;
      combination_.terms.push_back({row, radius, double(own.wall.orientation),
                                    sign * multipliers[j] * scale, nu_[j] * scale});
      row += width;
    }
    return true;
  }

  /// Scale a row (dim + 1) and its radius to entries of at most 1 by a power of two,
  /// which is returned; 0 for zero, NaN and extreme rows, which prove nothing.
  static double normalised(double* row, int dim, double& radius) {
    double size = 0.0;
    for (int k = 0; k <= dim; ++k)
      size = std::fabs(row[k]) > size ? std::fabs(row[k]) : size;
    if (!(size > 0x1p-900 && size < 0x1p900)) return 0.0;
    const double factor = normaliser(size);
    for (int k = 0; k <= dim; ++k) row[k] *= factor;
    radius = radius * factor + 0x1p-1060;
    return factor;
  }

  const FloatNetwork& floats_;
  std::deque<Bottleneck> all_;
  std::size_t size_ = 0;
  std::vector<int> support_, coordinates_;
  std::vector<double> rows_, nu_;
  Combination combination_;
};

}  // namespace polyregions::POLYREGIONS_ISA
