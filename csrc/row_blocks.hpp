// SPDX-License-Identifier: MIT
// Pre-activation rows of the layers along a search path, with rigorous radii.
//
// A block belongs to one layer and one node: vectors over the layer's units, first the
// coefficients 0..dim, then the radii, each padded to the layer's stride.  Units that
// are decided add W[:, unit] h to the next layer's block (the dead piece of a ReLU adds
// nothing), so work on shared parts of the tree is shared.
//
//  (block)  A coefficient z_ik = b_i + sum_j W_ij h_jk is a sum of at most n_in + 1
//           products in any order, off by gamma (|b_i| + sum_j |W_ij| |h_jk|) and by
//           what the h_jk themselves are off, gamma = (n_in + 8) u.  One radius serves
//           all coefficients of a unit: total_j bounds |h_jk| gamma + radius_j for
//           every k, and radius_i = gamma |b_i| + sum_j |W_ij| total_j.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "float_network.hpp"
#include "isa.hpp"
#include "lanes.hpp"

namespace polyregions::POLYREGIONS_ISA {

class RowBlocks {
 public:
  RowBlocks(const FloatNetwork& floats, int dim) : floats_(floats), dim_(dim) {}

  int dim() const { return dim_; }

  /// Begin anew, with another number of coordinates.
  void reset(int dim) {
    dim_ = dim;
    values_.clear();
    noted_rows_.resize(noted_units_.size() * static_cast<std::size_t>(dim_ + 2));
  }

  /// Block of a layer from its exact rows, each coefficient rounded once.
  std::size_t rounded(std::size_t layer, const AffineMap& z) {
    const FloatLayer& f = floats_.layers[layer];
    const std::size_t at = push(f.stride);
    std::fill(values_.begin() + static_cast<std::ptrdiff_t>(at), values_.end(), 0.0);
    for (int unit = 0; unit < f.n_out; ++unit) {
      double radius = 0.0;
      for (int k = 0; k <= dim_; ++k) {
        double r = 0.0;
        values_[at + static_cast<std::size_t>(k) * f.stride + unit] =
            rounded_with_radius(z.rows[unit][k], z.scale, r);
        radius = std::fmax(radius, r);
      }
      values_[at + static_cast<std::size_t>(dim_ + 1) * f.stride + unit] = radius;
    }
    return at;
  }

  /// Block of a layer whose units are coordinates themselves (-1: 0), exactly.
  std::size_t coordinates(std::size_t layer, const std::vector<int>& coordinate) {
    const FloatLayer& f = floats_.layers[layer];
    const std::size_t at = push(f.stride);
    std::fill(values_.begin() + static_cast<std::ptrdiff_t>(at), values_.end(), 0.0);
    for (int unit = 0; unit < f.n_out; ++unit) {
      if (coordinate[unit] < 0) continue;
      values_[at + static_cast<std::size_t>(coordinate[unit] + 1) * f.stride + unit] =
          1.0;
    }
    return at;
  }

  /// Block of a layer that holds its biases, before any unit contributes.
  std::size_t biases(std::size_t layer) {
    const FloatLayer& f = floats_.layers[layer];
    const std::size_t at = push(f.stride);
    double* const block = values_.data() + at;
    std::copy(f.bias.begin(), f.bias.end(), block);
    std::fill(block + f.stride, block + static_cast<std::size_t>(dim_ + 1) * f.stride,
              0.0);
    double* radius = block + static_cast<std::size_t>(dim_ + 1) * f.stride;
    for (int i = 0; i < f.stride; ++i) radius[i] = rounding(f) * std::fabs(f.bias[i]);
    return at;
  }

  std::size_t copied(std::size_t layer, std::size_t from) {
    const std::size_t at = push(floats_.layers[layer].stride);
    std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(from),
                values_.size() - at, values_.begin() + static_cast<std::ptrdiff_t>(at));
    return at;
  }

  /// The unit's piece is known: note what it adds to the next layer.
  void contribute(std::size_t layer, int unit, int digit, std::size_t own) {
    const FloatLayer& f = floats_.layers[layer];
    double slope = 1.0, offset = 0.0, offset_radius = 0.0;
    if (!f.units.empty()) {
      const FloatUnit& u = f.units[unit];
      slope = u.slopes[digit];
      offset = u.offsets[digit];
      offset_radius = u.offset_radii[digit];
      if (slope == 0.0 && offset == 0.0 && offset_radius == 0.0) return;
    }
    if (noted_ + 1 > noted_units_.size()) {
      noted_units_.resize(noted_ + 16);
      noted_rows_.resize((noted_ + 16) * static_cast<std::size_t>(dim_ + 2));
    }
    double* const h = noted_rows_.data() + noted_ * static_cast<std::size_t>(dim_ + 2);
    const double* const z = values_.data() + own + unit;
    double norm = 0.0;
    for (int k = 0; k <= dim_; ++k) {
      h[k] = slope * z[static_cast<std::size_t>(k) * f.stride];
      norm = larger(norm, std::fabs(h[k]));
    }
    h[0] += offset;
    norm = larger(norm, std::fabs(h[0])) + std::fabs(offset);
    double radius = z[static_cast<std::size_t>(dim_ + 1) * f.stride];
    // A slope of 1 and no offset round nothing; otherwise a product and a sum do.
    radius = 1.0001 * (std::fabs(slope) * radius + offset_radius) +
             (slope == 1.0 && offset == 0.0 ? 0.0 : 3 * unit_roundoff * norm);
    h[dim_ + 1] =
        1.0001 * (radius + rounding(floats_.layers[layer + 1]) * norm) + 0x1p-1060;
    noted_units_[noted_++] = unit;
  }

  /// Add what was noted since the last call to the next layer's block.
  void add_noted(std::size_t layer, std::size_t next) {
    const FloatLayer& after = floats_.layers[layer + 1];
    switch (noted_ == 0 ? 0 : dim_) {
      case 0:
        if (noted_ > 0) add_rows<0>(after, next);
        break;
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
        add_rows<-1>(after, next);
    }
    noted_ = 0;
  }

  /// Row z - t of a break of a unit; returns its radius.  values: (dim + 1).
  double row(std::size_t layer, int unit, int index, std::size_t block,
             double* values) const {
    const FloatLayer& f = floats_.layers[layer];
    const double* const z = values_.data() + block + unit;
    for (int k = 0; k <= dim_; ++k) {
      values[k] = z[static_cast<std::size_t>(k) * f.stride];
    }
    double radius = z[static_cast<std::size_t>(dim_ + 1) * f.stride];
    const double level = f.units[unit].breaks[index];
    if (level != 0.0) {
      radius += 2 * unit_roundoff * (std::fabs(values[0]) + std::fabs(level));
      values[0] -= level;
    }
    return radius;
  }

  const double* data(std::size_t block) const { return values_.data() + block; }

  /// Drop this block and all made after it.
  void drop(std::size_t block) { values_.resize(block); }

 private:
  static double rounding(const FloatLayer& layer) {
    return (layer.n_in + 8) * unit_roundoff;
  }
  /// The larger one; a NaN on the left is lost, but not those of the rows themselves.
  static double larger(double a, double b) { return a < b ? b : a; }

  std::size_t push(int stride) {
    const std::size_t at = values_.size();
    values_.resize(at + static_cast<std::size_t>(dim_ + 2) * stride);
    return at;
  }

  /// Sums of eight units at a time, which stay in registers; the order of the sum is
  /// that of the notes.
  template <int Dim>
  void add_rows(const FloatLayer& after, std::size_t next) {
    double* const block = values_.data() + next;
    for (int i = 0; i < after.stride; i += n_lanes) {
      if constexpr (Dim >= 0) {
        Lanes sums[Dim + 2];
        for (int k = 0; k < Dim + 2; ++k) sums[k] = lanes_at(at(block, k, after, i));
        for (std::size_t m = 0; m < noted_; ++m) {
          const Lanes weights = lanes_at(column(after, m, i));
          const double* const h = noted_rows_.data() + m * (Dim + 2);
          for (int k = 0; k <= Dim; ++k) sums[k] += weights * broadcast(h[k]);
          if constexpr (proves_everything) {
            sums[Dim + 1] += magnitude(weights) * broadcast(h[Dim + 1]);
          }
        }
        for (int k = 0; k < Dim + 2; ++k) put_lanes(at(block, k, after, i), sums[k]);
      } else {
        for (int k = 0; k < dim_ + (proves_everything ? 2 : 1); ++k) {
          Lanes sum = lanes_at(at(block, k, after, i));
          const double* h = noted_rows_.data() + k;
          for (std::size_t m = 0; m < noted_; ++m, h += dim_ + 2) {
            const Lanes weights = lanes_at(column(after, m, i));
            sum += (k > dim_ ? magnitude(weights) : weights) * broadcast(*h);
          }
          put_lanes(at(block, k, after, i), sum);
        }
      }
    }
  }

  const double* column(const FloatLayer& after, std::size_t m, int i) const {
    return after.columns.data() +
           static_cast<std::size_t>(noted_units_[m]) * after.stride + i;
  }

  static double* at(double* block, int k, const FloatLayer& layer, int i) {
    return block + static_cast<std::size_t>(k) * layer.stride + i;
  }

  const FloatNetwork& floats_;
  int dim_;
  std::vector<double> values_;
  std::size_t noted_ = 0;
  std::vector<int> noted_units_;
  std::vector<double> noted_rows_;  // (n, dim + 2): h and its total radius
};

}  // namespace polyregions::POLYREGIONS_ISA
