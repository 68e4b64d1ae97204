// SPDX-License-Identifier: MIT
// Pre-activation rows of the layers along a search path, with rigorous radii.
//
// A block belongs to one layer and one node: the coefficients 0..dim as vectors over
// the layer's units, each padded to the layer's stride, and what its radii are made of.
// Units that are decided add W[:, unit] h to the next layer's block (the dead piece of
// a ReLU adds nothing), so work on shared parts of the tree is shared.
//
//  (block)  A coefficient z_ik = b_i + sum_j W_ij h_jk is a sum of at most n_in + 1
//           products in any order, off by gamma (|b_i| + sum_j |W_ij| |h_jk|) and by
//           what the h_jk themselves are off, gamma = (n_in + 8) u.  One radius serves
//           all coefficients of a unit: total_j bounds |h_jk| gamma + radius_j for
//           every k, and radius_i = gamma |b_i| + max_j |W_ij| sum_j total_j.  So a
//           block keeps one number, the sum of the totals.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "float_network.hpp"
#include "isa.hpp"
#include "lanes.hpp"
#include "stack.hpp"

namespace polyregions::POLYREGIONS_ISA {

/// A unit whose value is `shift` + a coordinate of its own, numbered from 1, or that
/// does not matter (0).
struct UnitCoordinate {
  int number = 0;
  double shift = 0.0;
};

class RowBlocks {
 public:
  RowBlocks(const FloatNetwork& floats, int dim) : floats_(floats), dim_(dim) {}

  int dim() const { return dim_; }

  /// Begin anew, with another number of coordinates.
  void reset(int dim) {
    dim_ = dim;
    values_.resize(0);
    noted_rows_.clear();
  }

  /// Block of a layer from its exact rows, each coefficient rounded once.
  std::size_t rounded(std::size_t layer, const AffineMap& z) {
    const FloatLayer& f = floats_.layers[layer];
    const std::size_t at = push(f);
    rounded_radii_.assign(f.stride, 0.0);
    for (int unit = 0; unit < f.n_out; ++unit) {
      for (int k = 0; k <= dim_; ++k) {
        double r = 0.0;
        column(at, k, f)[unit] = rounded_with_radius(z.rows[unit][k], z.scale, r);
        rounded_radii_[unit] = larger(rounded_radii_[unit], r);
      }
    }
    kind(at, f) = rounded_once;
    return at;
  }

  /// Block of a layer whose units are coordinates themselves, exactly.
  std::size_t coordinates(std::size_t layer, const std::vector<UnitCoordinate>& units) {
    const FloatLayer& f = floats_.layers[layer];
    const std::size_t at = push(f);
    for (int unit = 0; unit < f.n_out; ++unit) {
      if (units[unit].number == 0) continue;
      column(at, 0, f)[unit] = units[unit].shift;
      column(at, units[unit].number, f)[unit] = 1.0;
    }
    kind(at, f) = exact;
    return at;
  }

  /// Block of a layer that holds its biases, before any unit contributes.
  std::size_t biases(std::size_t layer) {
    const FloatLayer& f = floats_.layers[layer];
    const std::size_t at = push(f);
    std::copy(f.bias.begin(), f.bias.end(), column(at, 0, f));
    kind(at, f) = composed;
    return at;
  }

  std::size_t copied(std::size_t layer, std::size_t from) {
    const std::size_t size = block_size(floats_.layers[layer]);
    double* const to = values_.push(size);
    std::copy_n(&values_[from], size, to);
    return values_.size() - size;
  }

  /// The pieces of some of 64 units from `first` on are known: note what they add to
  /// the next layer.
  void contribute(std::size_t layer, int first, std::uint64_t units,
                  const std::uint8_t* digits, std::size_t own) {
    const FloatLayer& f = floats_.layers[layer];
    const Radii radii = this->radii(layer, own);
    const double rounding = floats_.layers[layer + 1].rounding;
    const int dim = dim_, stride = f.stride;
    reserve_notes(noted_ + 64);
    double* h = noted_rows_.data() + noted_ * static_cast<std::size_t>(dim + 1);
    int* noted_unit = noted_units_.data() + noted_;
    const double* const block = data(own);
    double total = 0.0;
    for (; units != 0; units &= units - 1) {
      const int unit = first + __builtin_ctzll(units);
      const FloatPiece& piece = f.piece(unit, digits[unit]);
      if (piece.is_zero()) continue;
      const double* z = block + unit;
      double norm = 0.0;
      for (int k = 0; k <= dim; ++k, z += stride) {
        h[k] = piece.slope * *z;
        norm = larger(norm, std::fabs(h[k]));
      }
      double radius = radii.base[unit] + radii.most[unit] * radii.total;
      if (!piece.is_identity()) {
        h[0] += piece.offset;
        norm = larger(norm, std::fabs(h[0])) + std::fabs(piece.offset);
        radius = 1.0001 * (std::fabs(piece.slope) * radius + piece.offset_radius) +
                 3 * unit_roundoff * norm;  // a product and a sum
      }
      total += 1.0001 * (radius + rounding * norm) + 0x1p-1060;
      *noted_unit++ = unit;
      h += dim + 1;
    }
    noted_ = static_cast<std::size_t>(noted_unit - noted_units_.data());
    noted_total_ += total;
  }

  /// Add what was noted since the last call to the next layer's block.
  void add_noted(std::size_t layer, std::size_t next) {
    if (noted_ == 0) return;
    const FloatLayer& after = floats_.layers[layer + 1];
    switch (dim_) {
      case 1:
        add_rows<1>(after, next);
        break;
      case 2:
        add_rows<2>(after, next);
        break;
      case 3:
        add_rows<3>(after, next);
        break;
      case 4:
        add_rows<4>(after, next);
        break;
      case 5:
        add_rows<5>(after, next);
        break;
      default:
        add_rows(after, next);
    }
    // Its own sum is off by less than the factors in it allow for.
    *column(next, dim_ + 1, after) += noted_total_;
    noted_total_ = 0.0;
    noted_ = 0;
  }

  /// Row z - t of a break of a unit; returns its radius.  values: (dim + 1).
  double row(std::size_t layer, int unit, int index, std::size_t block,
             double* values) const {
    const FloatLayer& f = floats_.layers[layer];
    const double* const z = data(block) + unit;
    for (int k = 0; k <= dim_; ++k) {
      values[k] = z[static_cast<std::size_t>(k) * f.stride];
    }
    double radius = radius_of(layer, unit, block);
    const double level = f.breaks[unit][index];
    if (level != 0.0) {
      radius += 2 * unit_roundoff * (std::fabs(values[0]) + std::fabs(level));
      values[0] -= level;
    }
    return radius;
  }

  /// The coefficients: (dim + 1, stride).
  const double* data(std::size_t block) const { return &values_[block]; }

  /// Radii of all units of a layer are base[unit] + most[unit] * total.
  struct Radii {
    const double *base, *most;
    double total;
  };
  Radii radii(std::size_t layer, std::size_t block) const {
    const FloatLayer& f = floats_.layers[layer];
    // Behind the coefficients stand the sum of the noted rows' own totals and the kind.
    const double* const end =
        data(block) + static_cast<std::size_t>(dim_ + 1) * f.stride;
    const double* const base = end[1] == composed ? f.bias_radii.data()
                               : end[1] == exact  ? f.zeros.data()
                                                  : rounded_radii_.data();
    return {base, f.largest_weights.data(), end[0]};
  }

  /// Drop this block and all made after it.
  void drop(std::size_t block) { values_.resize(block); }

 private:
  // How the coefficients came about, which says what radii they begin with.
  static constexpr double composed = 0.0, exact = 1.0, rounded_once = 2.0;

  void reserve_notes(std::size_t n) {
    if (noted_units_.size() < n) noted_units_.resize(2 * n);
    const std::size_t numbers = n * static_cast<std::size_t>(dim_ + 1);
    if (noted_rows_.size() < numbers) noted_rows_.resize(2 * numbers);
  }

  /// The larger one; a NaN on the left is lost, but not those of the rows themselves.
  static double larger(double a, double b) { return a < b ? b : a; }

  std::size_t block_size(const FloatLayer& f) const {
    return static_cast<std::size_t>(dim_ + 1) * f.stride + 2;
  }

  /// Room for a block, all zeros.
  std::size_t push(const FloatLayer& f) {
    const std::size_t size = block_size(f);
    std::fill_n(values_.push(size), size, 0.0);
    return values_.size() - size;
  }

  double* column(std::size_t block, int k, const FloatLayer& f) {
    return &values_[block] + static_cast<std::size_t>(k) * f.stride;
  }
  double& kind(std::size_t block, const FloatLayer& f) {
    return column(block, dim_ + 1, f)[1];
  }
  const double* weights(const FloatLayer& after, std::size_t m, int i) const {
    return after.columns.data() +
           static_cast<std::size_t>(noted_units_[m]) * after.stride + i;
  }

  double radius_of(std::size_t layer, int unit, std::size_t block) const {
    const Radii all = radii(layer, block);
    return all.base[unit] + all.most[unit] * all.total;
  }

  /// Sums of two registers of units at a time, which stay there; the order of each sum
  /// is that of the notes.
  template <int Dim>
  void add_rows(const FloatLayer& after, std::size_t next) {
    double* const block = column(next, 0, after);
    const std::size_t stride = after.stride;
    for (std::size_t i = 0; i < stride; i += 2 * n_lanes) {
      Lanes left[Dim + 1], right[Dim + 1];
      for (int k = 0; k <= Dim; ++k) {
        left[k] = lanes_at(block + k * stride + i);
        right[k] = lanes_at(block + k * stride + i + n_lanes);
      }
      for (std::size_t m = 0; m < noted_; ++m) {
        const double* const w = weights(after, m, static_cast<int>(i));
        const double* const h = noted_rows_.data() + m * (Dim + 1);
        const Lanes w_left = lanes_at(w), w_right = lanes_at(w + n_lanes);
        for (int k = 0; k <= Dim; ++k) {
          left[k] += w_left * broadcast(h[k]);
          right[k] += w_right * broadcast(h[k]);
        }
      }
      for (int k = 0; k <= Dim; ++k) {
        put_lanes(block + k * stride + i, left[k]);
        put_lanes(block + k * stride + i + n_lanes, right[k]);
      }
    }
  }

  /// The same for any dimension.
  void add_rows(const FloatLayer& after, std::size_t next) {
    for (int k = 0; k <= dim_; ++k) {
      double* const sums = column(next, k, after);
      for (int i = 0; i < after.stride; i += 2 * n_lanes) {
        Lanes left = lanes_at(sums + i), right = lanes_at(sums + i + n_lanes);
        const double* h = noted_rows_.data() + k;
        for (std::size_t m = 0; m < noted_; ++m, h += dim_ + 1) {
          const double* const w = weights(after, m, i);
          left += lanes_at(w) * broadcast(*h);
          right += lanes_at(w + n_lanes) * broadcast(*h);
        }
        put_lanes(sums + i, left);
        put_lanes(sums + i + n_lanes, right);
      }
    }
  }

  const FloatNetwork& floats_;
  int dim_;
  Stack<double> values_;
  std::vector<double> rounded_radii_;  // of the layer of the block made by `rounded`
  std::size_t noted_ = 0;
  std::vector<int> noted_units_;
  std::vector<double> noted_rows_;  // (n, dim + 1): h
  double noted_total_ = 0.0;        // of their total_j
};

}  // namespace polyregions::POLYREGIONS_ISA
