// SPDX-License-Identifier: MIT
#include "frame.hpp"

#include <algorithm>
#include <utility>

#include "polyhedron.hpp"
#include "residues.hpp"
#include "status.hpp"
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

/// Rank of the linear parts modulo a prime: never more than the rank itself.
int rank_at_least(const std::vector<Row>& rows, int dim) {
  std::vector<std::vector<std::uint64_t>> residues;
  for (const Row& row : rows) {
    std::vector<std::uint64_t> r;
    for (int k = 1; k <= dim; ++k) {
      r.push_back(mod::residue(row[k]));
    }
    residues.push_back(std::move(r));
  }
  int rank = 0;
  for (int column = 0; column < dim && rank < static_cast<int>(rows.size()); ++column) {
    std::size_t best = rank;
    while (best < rows.size() && residues[best][column] == 0) ++best;
    if (best == rows.size()) continue;
    std::swap(residues[rank], residues[best]);
    const auto& pivot = residues[rank];
    for (std::size_t i = rank + 1; i < rows.size(); ++i) {
      const std::uint64_t entry = residues[i][column];
      if (entry == 0) continue;
      const std::uint64_t lead = pivot[column];
      for (int k = column; k < dim; ++k) {
        // row_i <- pivot row_i - entry pivot_row, without a division
        residues[i][k] =
            mod::minus(mod::times(residues[i][k], lead), mod::times(entry, pivot[k]));
      }
    }
    ++rank;
  }
  return rank;
}

Row kept_columns(const Row& row, const std::vector<int>& columns) {
  Row out;
  out.push_back(row[0]);
  for (const int k : columns) out.push_back(row[k + 1]);
  return out;
}

}  // namespace

bool is_identity(const AffineMap& map) {
  if (map.scale != 1) return false;
  for (std::size_t i = 0; i < map.rows.size(); ++i) {
    const Row& row = map.rows[i];
    if (row.size() != map.rows.size() + 1) return false;
    for (std::size_t k = 0; k < row.size(); ++k) {
      if (row[k] != (k == i + 1 ? 1 : 0)) return false;
    }
  }
  return true;
}

Frame make_frame(int n, AffineMap inputs, std::vector<Row> rows, bool clean) {
  Frame frame;
  for (const Row& row : rows) {
    if (!is_constant(row) || row[0] < 0) frame.stated.push_back(row);
  }
  if (clean) {
    frame.dim = n;
    frame.inputs = std::move(inputs);
    frame.rows = std::move(rows);
    frame.given = identity_map(n);
  } else {
    Hull hull = relative_interior(n, rows);
    frame.empty = hull.empty;
    frame.dim = hull.dim;
    if (hull.empty) {
      frame.inputs = std::move(inputs);
      return frame;
    }
    frame.rows = facets_only(hull.dim, std::move(hull.rows));
    if (hull.dim < n) frame.stated = frame.rows;
    frame.inputs = composed(inputs, hull.given, hull.dim);
    frame.given = std::move(hull.given);
  }
  for (int k = 0; k < frame.dim; ++k) frame.kept.push_back(k);
  for (const Row& row : frame.rows) {
    const auto found = std::find(frame.stated.begin(), frame.stated.end(), row);
    frame.sources.push_back(static_cast<int>(found - frame.stated.begin()));
  }
  return frame;
}

std::vector<int> contradiction(int n, const std::vector<Row>& rows) {
  Tableau tableau(n);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Tableau::Test test = tableau.test(rows[i]);
    if (test.side == Side::both) {
      tableau.commit(test, static_cast<int>(i));
    } else if (test.side != Side::positive) {
      std::vector<int> out{static_cast<int>(i)};
      const std::vector<int> ids = tableau.column_ids();
      for (std::size_t j = 0; j < ids.size() && !is_constant(rows[i]); ++j) {
        if (test.row[j + 1] != 0) out.push_back(ids[j]);
      }
      return out;
    }
  }
  throw Error(Status::internal, "the domain is not empty");
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
  if (frame.empty || network.layers.size() < 2) return frame;
  // The domain's rows first: a bounded domain needs every coordinate.
  if (rank_at_least(frame.rows, frame.dim) == frame.dim) return frame;
  std::vector<Row> rows = frame.rows;
  for (Row& row : pre_activation(network.layers[0], frame.inputs).rows) {
    rows.push_back(std::move(row));
  }
  if (rank_at_least(rows, frame.dim) == frame.dim) return frame;
  const std::vector<int> columns = pivot_columns(std::move(rows), frame.dim);
  if (static_cast<int>(columns.size()) == frame.dim) return frame;
  Frame out;
  out.dim = static_cast<int>(columns.size());
  out.kept = columns;
  out.stated = frame.stated;
  out.sources = frame.sources;
  out.inputs.scale = frame.inputs.scale;
  out.given.scale = frame.given.scale;
  for (const Row& row : frame.rows) out.rows.push_back(kept_columns(row, columns));
  for (const Row& row : frame.inputs.rows) {
    out.inputs.rows.push_back(kept_columns(row, columns));
  }
  for (const Row& row : frame.given.rows) {
    out.given.rows.push_back(kept_columns(row, columns));
  }
  return out;
}

}  // namespace polyregions
