// SPDX-License-Identifier: MIT
// The three loops in which the vertex engine spends its time, over the units of a
// layer.
//
// A block of rows holds vectors of length `stride`: coefficients 0..dim, then radii.
// Every loop is elementwise over units, without reductions across lanes and without
// contraction, so all builds and all vector lengths give the same numbers.
#pragma once

#include <cstddef>

namespace polyregions {

/// block[k] += column * h[k] for k <= dim, and the radii += magnitude * total.
void add_column(double* block, const double* column, const double* magnitude,
                const double* h, double total, int dim, int stride);

/// low = min(low, value), high = max(high, value) of every row at the point x.
void extend_range(const double* block, const double* x, int dim, int stride,
                  double* low, double* high);

/// Bound (sign) of cone.hpp for every row at generators of radius at most `radius`.
void value_radii(const double* block, double radius, int dim, int stride, double* out);

}  // namespace polyregions
