// SPDX-License-Identifier: MIT
// A sign shown by few rows: the exact solution of one small system, where a tableau
// would pivot through all of them.
#pragma once

#include <vector>

#include "integer.hpp"
#include "tableau.hpp"

namespace polyregions {

/// What a support shows of a function g = c + sum_j lambda_j rows_j.
struct Shown {
  Side side = Side::both;
  std::vector<int> used;  // rows whose lambda_j is not 0
  bool loose = false;     // c is 0, and at most one lambda_j is not
};
Shown shown_by_support(const Row& g, const std::vector<Row>& rows);

/// Sign of g on the open cell {rows > 0} if g = c + sum_j lambda_j rows_j with numbers
/// that are all >= 0, or all <= 0; `both` where there is no such sum, or more than one.
Side side_by_support(const Row& g, const std::vector<Row>& rows);

}  // namespace polyregions
