// SPDX-License-Identifier: MIT
// Float arrays of a domain as exact rows.
#pragma once

#include <vector>

#include "network.hpp"

namespace polyregions {

/// x = origin + sum_j u_j directions_j; with `relative` the rows of directions are end
/// points, direction j being row j - origin, exactly.  directions: (n, n_inputs).
AffineMap affine_inputs(const double* origin, const double* directions, int n_inputs,
                        int n, bool relative);

/// b - A u >= 0, a row each.  A: (m, n).
std::vector<Row> inequality_rows(const double* A, const double* b, int m, int n);

}  // namespace polyregions
