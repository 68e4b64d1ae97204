// SPDX-License-Identifier: MIT
// The inverse of a small matrix in floating point: a hint.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "isa.hpp"

namespace polyregions::POLYREGIONS_ISA {

/// Gauss-Jordan with partial pivoting: `matrix` (n, n) becomes its inverse; false when
/// it seems singular.
inline bool invert(std::vector<double>& matrix, int n) {
  constexpr double usable = 1e-11;  // relative to the row's largest entry
  const auto at = [n](int i, int k) { return static_cast<std::size_t>(i) * n + k; };
  std::vector<double> inverse(matrix.size(), 0.0);
  for (int i = 0; i < n; ++i) {
    double size = 0.0;
    for (int k = 0; k < n; ++k) size = std::fmax(size, std::fabs(matrix[at(i, k)]));
    if (!(size > 0x1p-900 && size < 0x1p900)) return false;
    for (int k = 0; k < n; ++k) matrix[at(i, k)] /= size;
    inverse[at(i, i)] = 1.0 / size;
  }
  for (int column = 0; column < n; ++column) {
    int best = column;
    for (int i = column + 1; i < n; ++i) {
      if (std::fabs(matrix[at(i, column)]) > std::fabs(matrix[at(best, column)]))
        best = i;
    }
    const double pivot = matrix[at(best, column)];
    if (!(std::fabs(pivot) > usable)) return false;
    for (std::vector<double>* v : {&matrix, &inverse}) {
      double* const own = v->data() + at(column, 0);
      if (best != column) std::swap_ranges(own, own + n, v->data() + at(best, 0));
      for (int k = 0; k < n; ++k) own[k] /= pivot;
    }
    for (int i = 0; i < n; ++i) {
      const double factor = matrix[at(i, column)];
      if (i == column || factor == 0.0) continue;
      for (int k = 0; k < n; ++k) {
        matrix[at(i, k)] -= factor * matrix[at(column, k)];
        inverse[at(i, k)] -= factor * inverse[at(column, k)];
      }
    }
  }
  matrix.swap(inverse);
  return true;
}

}  // namespace polyregions::POLYREGIONS_ISA
