// SPDX-License-Identifier: MIT
// The pattern at a point in floating point, where it is certain.
//
// A value z_i = b_i + sum_j W_ij h_j of n inputs, each off by at most e_j, is off by at
// most gamma (|b_i| + sum_j |W_ij| |h_j|) + sum_j |W_ij| e_j, gamma = (n + 8) u.
#pragma once

#include <vector>

#include "cells.hpp"
#include "float_network.hpp"

namespace polyregions {

class FloatPoint {
 public:
  explicit FloatPoint(const Problem& problem);

  /// Digits at a point of the frame (dim); false where it may be on the boundary of the
  /// domain or of a cell, or outside.
  bool digits_at(const double* y, Digits& digits);

 private:
  double value(const FloatRow& row, const double* y, double size, double& off) const;
  bool decide(std::size_t l, Digits& digits);
  void pass(std::size_t l, const Digits& digits);

  const Problem& problem_;
  const FloatNetwork floats_;
  std::vector<FloatRow> domain_, first_;
  std::vector<double> z_, off_, next_, next_off_;  // (units): values, and errors
};

}  // namespace polyregions
