// SPDX-License-Identifier: MIT
#include "input_map.hpp"

#include <algorithm>

namespace polyregions {

AffineMap affine_inputs(const double* origin, const double* directions, int n_inputs,
                        int n, bool relative) {
  int exponent = 0;
  for (int i = 0; i < n_inputs; ++i) {
    exponent = std::max(exponent, dyadic_exponent(origin[i]));
    for (int j = 0; j < n; ++j) {
      exponent = std::max(exponent, dyadic_exponent(directions[j * n_inputs + i]));
    }
  }
  AffineMap map;
  map.scale = power_of_two(static_cast<unsigned>(exponent));
  for (int i = 0; i < n_inputs; ++i) {
    Row row(n + 1, 0);
    row[0] = dyadic_integer(origin[i], exponent);
    for (int j = 0; j < n; ++j) {
      row[j + 1] = dyadic_integer(directions[j * n_inputs + i], exponent);
      if (relative) row[j + 1] -= row[0];
    }
    map.rows.push_back(std::move(row));
  }
  return map;
}

std::vector<Row> inequality_rows(const double* A, const double* b, int m, int n) {
  std::vector<Row> rows;
  for (int i = 0; i < m; ++i) {
    int exponent = dyadic_exponent(b[i]);
    for (int j = 0; j < n; ++j)
      exponent = std::max(exponent, dyadic_exponent(A[i * n + j]));
    Row row(n + 1, 0);
    row[0] = dyadic_integer(b[i], exponent);
    for (int j = 0; j < n; ++j) row[j + 1] = -dyadic_integer(A[i * n + j], exponent);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace polyregions
