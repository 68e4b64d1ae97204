// SPDX-License-Identifier: MIT
// Exact questions about polyhedra given by rows, each a short program of the tableau.
#pragma once

#include <optional>
#include <vector>

#include "integer.hpp"
#include "network.hpp"
#include "tableau.hpp"

namespace polyregions {

/// A closed polyhedron {rows >= 0} on its affine hull: coordinates y of the hull in
/// which it is full-dimensional, and the old coordinates as functions of y.
struct Hull {
  bool empty = false;
  int dim = 0;
  std::vector<Row> rows;  // > 0 exactly on the relative interior
  AffineMap given;
};

/// Affine hull and relative interior of {rows >= 0} in R^n.
Hull relative_interior(int n, const std::vector<Row>& rows);

/// A point with every row > 0, or nothing when there is none.
std::optional<RationalPoint> open_point(int dim, const std::vector<Row>& rows);

/// True when {rows > 0} meets {rows[index] = 0 instead}: the row carries a facet of the
/// cell {rows > 0}, which must not be empty and must hold no other multiple of the row.
bool is_facet(int dim, const std::vector<Row>& rows, int index);

/// Indices of the rows that carry facets of {rows > 0} (not empty), in order; the rows
/// are distinct (see distinct_rows).
std::vector<int> facet_indices(int dim, const std::vector<Row>& rows);

/// The rows that carry facets of {rows > 0} (not empty), each hyperplane once, in
/// order.
std::vector<Row> facets_only(int dim, std::vector<Row> rows);

/// Drop constants, and of rows that are positive multiples of each other keep the
/// first; `source`, if given, receives the kept rows' old indices.
std::vector<Row> distinct_rows(std::vector<Row> rows,
                               std::vector<int>* source = nullptr);

/// True when every row is > 0 at numerators / denominator.
bool all_positive(const std::vector<Row>& rows, const RationalPoint& point);

/// The nearest float64 point when it has every row > 0, and the point itself otherwise.
RationalPoint simplest_point(const std::vector<Row>& rows, RationalPoint point);

/// A float64 point as the rational that it is; nothing when a coordinate is not finite.
std::optional<RationalPoint> dyadic_point(const double* y, int dim);

}  // namespace polyregions
