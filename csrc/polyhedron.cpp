// SPDX-License-Identifier: MIT
#include "polyhedron.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "residues.hpp"

namespace polyregions {

namespace {

/// Substitute the coordinate `column` (1-based) with the help of equation = 0 in a row;
/// the row is multiplied by |equation[column]| and loses the column.
void substitute(Row& row, const Row& equation, int column) {
  const Integer pivot = abs(equation[column]);
  const Integer entry = equation[column].sign() < 0 ? -row[column] : row[column];
  for (std::size_t k = 0; k < row.size(); ++k) {
    row[k] = row[k] * pivot - entry * equation[k];
  }
  row.erase(row.begin() + column);
}

/// Restrict the hull to equation = 0 (over its current coordinates, not constant).
void shrink(Hull& hull, std::vector<Row>& rows, const Row& equation) {
  int column = 1;
  while (equation[column] == 0) ++column;
  for (Row& row : rows) {
    substitute(row, equation, column);
    strip_twos(row);
  }
  for (Row& row : hull.given.rows) substitute(row, equation, column);
  hull.given.scale *= abs(equation[column]);
  --hull.dim;
}

}  // namespace

Hull relative_interior(int n, const std::vector<Row>& given_rows) {
  Hull hull;
  hull.dim = n;
  for (int k = 0; k < n; ++k) {
    Row row(n + 1, 0);
    row[k + 1] = 1;
    hull.given.rows.push_back(std::move(row));
  }
  std::vector<Row> rows = given_rows;
  for (bool shrunk = true; shrunk;) {
    shrunk = false;
    hull.rows.clear();
    Tableau tableau(hull.dim);
    for (std::size_t i = 0; i < rows.size() && !shrunk; ++i) {
      const Tableau::Test test = tableau.test(rows[i]);
      if (test.side == Side::both) {
        tableau.commit(test, static_cast<int>(i));
        hull.rows.push_back(rows[i]);
      } else if (test.side == Side::negative) {
        // Negative on the interior so far: what is left is the face where the row is
        // zero, or nothing.
        if (!test.touches) {
          hull.empty = true;
          hull.rows.clear();
          return hull;
        }
        const Row equation = rows[i];
        shrink(hull, rows, equation);
        shrunk = true;
      }
    }
  }
  return hull;
}

std::optional<RationalPoint> open_point(int dim, const std::vector<Row>& rows) {
  Tableau tableau(dim);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!tableau.restrict_to(rows[i], static_cast<int>(i))) return std::nullopt;
  }
  return tableau.interior_point();
}

bool is_facet(int dim, const std::vector<Row>& rows, int index) {
  Tableau tableau(dim);
  const Tableau::Test wall = tableau.test(rows[index]);
  if (wall.side != Side::both) return false;
  tableau.fix_at_zero(tableau.commit(wall, index));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<int>(i) == index) continue;
    if (!tableau.restrict_to(rows[i], static_cast<int>(i))) return false;
  }
  return true;
}

std::vector<int> facet_indices(int dim, const std::vector<Row>& rows) {
  std::vector<Row> kept = rows;
  std::vector<int> indices(rows.size());
  std::iota(indices.begin(), indices.end(), 0);
  // A redundant row can go at once: the cell stays what it is.
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(kept.size()); i-- > 0;) {
    if (is_facet(dim, kept, static_cast<int>(i))) continue;
    kept.erase(kept.begin() + i);
    indices.erase(indices.begin() + i);
  }
  return indices;
}

std::vector<Row> facets_only(int dim, std::vector<Row> rows) {
  rows = distinct_rows(std::move(rows));
  std::vector<Row> kept;
  for (const int i : facet_indices(dim, rows)) kept.push_back(rows[i]);
  return kept;
}

std::vector<Row> distinct_rows(std::vector<Row> rows, std::vector<int>* source) {
  std::vector<Row> kept;
  std::unordered_multimap<std::uint64_t, std::size_t> by_key;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (is_constant(rows[i])) continue;
    const std::uint64_t key = direction_key(rows[i], 0);
    const auto [begin, end] = by_key.equal_range(key);
    int factor = 0;
    const bool seen = std::any_of(begin, end, [&](const auto& entry) {
      return is_multiple(kept[entry.second], rows[i], factor) && factor > 0;
    });
    if (seen) continue;
    by_key.emplace(key, kept.size());
    kept.push_back(std::move(rows[i]));
    if (source != nullptr) source->push_back(static_cast<int>(i));
  }
  return kept;
}

bool all_positive(const std::vector<Row>& rows, const RationalPoint& point) {
  return std::all_of(rows.begin(), rows.end(), [&](const Row& row) {
    return sign(value_at(row, point.numerators, point.denominator)) > 0;
  });
}

std::optional<RationalPoint> dyadic_point(const double* y, int dim) {
  int exponent = 0;
  for (int k = 0; k < dim; ++k) {
    if (!std::isfinite(y[k])) return std::nullopt;
    exponent = std::max(exponent, dyadic_exponent(y[k]));
  }
  RationalPoint point;
  point.denominator = power_of_two(static_cast<unsigned>(exponent));
  for (int k = 0; k < dim; ++k) {
    point.numerators.push_back(dyadic_integer(y[k], exponent));
  }
  return point;
}

RationalPoint simplest_point(const std::vector<Row>& rows, RationalPoint point) {
  std::vector<double> y;
  for (const Integer& value : point.numerators) {
    y.push_back(rounded_quotient(value, point.denominator));
  }
  auto rounded = dyadic_point(y.data(), static_cast<int>(y.size()));
  if (rounded && all_positive(rows, *rounded)) return std::move(*rounded);
  return point;
}

}  // namespace polyregions
