// SPDX-License-Identifier: MIT
#include "frame.hpp"

#include <algorithm>
#include <utility>

#include "polyhedron.hpp"
#include "tableau.hpp"

namespace polyregions {

namespace {

AffineMap identity_map(int n) {
  AffineMap map;
  for (int k = 0; k < n; ++k) {
    Row row(n + 1, 0);
    row[k + 1] = 1;
    map.rows.push_back(std::move(row));
  }
  return map;
}

/// inner after outer: rows of `outer` are over the values of `inner`.
AffineMap composed(const AffineMap& outer, const AffineMap& inner, int dim) {
  AffineMap out;
  out.scale = outer.scale * inner.scale;
  for (const Row& row : outer.rows) {
    Row next(dim + 1, 0);
    next[0] = row[0] * inner.scale;
    for (std::size_t k = 0; k < inner.rows.size(); ++k) {
      add_multiple(next, row[k + 1], inner.rows[k]);
    }
    out.rows.push_back(std::move(next));
  }
  return out;
}

Row kept_columns(const Row& row, const std::vector<int>& columns) {
  Row out;
  out.push_back(row[0]);
  for (const int k : columns) out.push_back(row[k + 1]);
  return out;
}

}  // namespace

Frame make_frame(int n, AffineMap inputs, std::vector<Row> rows, bool clean) {
  Frame frame;
  if (clean) {
    frame.dim = n;
    frame.inputs = std::move(inputs);
    frame.rows = std::move(rows);
    frame.given = identity_map(n);
  } else {
    Hull hull = relative_interior(n, rows);
    frame.empty = hull.empty;
    frame.dim = hull.dim;
    if (hull.empty) return frame;
    frame.rows = facets_only(hull.dim, std::move(hull.rows));
    frame.inputs = composed(inputs, hull.given, hull.dim);
    frame.given = std::move(hull.given);
  }
  for (int k = 0; k < frame.dim; ++k) frame.kept.push_back(k);
  return frame;
}

std::vector<int> pivot_columns(std::vector<Row> rows, int dim) {
  std::vector<int> pivots;
  Integer last = 1;
  std::size_t done = 0;
  for (int column = 1; column <= dim && done < rows.size(); ++column) {
    std::size_t best = done;
    while (best < rows.size() && rows[best][column] == 0) ++best;
    if (best == rows.size()) continue;
    std::swap(rows[done], rows[best]);
    const Row pivot = rows[done];
    for (std::size_t i = done + 1; i < rows.size(); ++i) {
      const Integer entry = rows[i][column];
      for (int k = column; k <= dim; ++k) {
        rows[i][k] = (rows[i][k] * pivot[column] - entry * pivot[k]) / last;
      }
    }
    last = pivot[column];
    pivots.push_back(column - 1);
    ++done;
  }
  return pivots;
}

Frame reduced_frame(const Network& network, const Frame& frame) {
  if (frame.empty || !frame.rows.empty() || network.layers.size() < 2) return frame;
  if (frame.dim <= network.layers[0].n_out && frame.dim <= 4) return frame;
  const std::vector<int> columns = 
      pivot_columns(pre_activation(network.layers[0], frame.inputs).rows, frame.dim);
  if (static_cast<int>(columns.size()) == frame.dim) return frame;
  Frame out;
  out.dim = static_cast<int>(columns.size());
  out.kept = columns;
  out.inputs.scale = frame.inputs.scale;
  out.given.scale = frame.given.scale;
  for (const Row& row : frame.inputs.rows) {
    out.inputs.rows.push_back(kept_columns(row, columns));
  }
  for (const Row& row : frame.given.rows) {
    out.given.rows.push_back(kept_columns(row, columns));
  }
  return out;
}

}  // namespace polyregions
