// SPDX-License-Identifier: MIT
#include "support.hpp"

#include <algorithm>
#include <utility>

namespace polyregions {

namespace {

/// Equations sum_j lambda_j rows_j = g, one a coordinate: (dim, n + 1).
std::vector<Row> equations(const Row& g, const std::vector<Row>& rows) {
  std::vector<Row> out(g.size() - 1);
  for (std::size_t k = 1; k < g.size(); ++k) {
    for (const Row& row : rows) out[k - 1].push_back(row[k]);
    out[k - 1].push_back(g[k]);
  }
  return out;
}

/// Fraction-free Gauss-Jordan elimination (Bareiss 1968): the first n rows become
/// denominator * (identity, solution).  0 when the columns are dependent or the system
/// has no solution.
Integer eliminate(std::vector<Row>& system, std::size_t n) {
  Integer last = 1;
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t best = column;
    while (best < system.size() && system[best][column] == 0) ++best;
    if (best == system.size()) return 0;
    std::swap(system[column], system[best]);
    const Row& pivot = system[column];
    for (std::size_t i = 0; i < system.size(); ++i) {
      if (i == column) continue;
      const Integer entry = system[i][column];
      for (std::size_t k = column; k <= n; ++k) {
        system[i][k] = (system[i][k] * pivot[column] - entry * pivot[k]) / last;
      }
      // Earlier columns hold the last pivot on their diagonal, and zeros.
      if (i < column) system[i][i] = pivot[column];
    }
    last = pivot[column];
  }
  for (std::size_t i = n; i < system.size(); ++i) {
    if (system[i][n] != 0) return 0;
  }
  return last;
}

}  // namespace

Shown shown_by_support(const Row& g, const std::vector<Row>& rows) {
  Shown out;
  const std::size_t n = rows.size();
  if (n + 1 > g.size()) return out;
  std::vector<Row> system = equations(g, rows);
  const Integer denominator = eliminate(system, n);
  const int turned = denominator.sign();
  if (turned == 0) return out;
  Integer constant = g[0] * denominator;
  int most = 0, least = 0;  // signs among the numbers
  const auto note = [&](int side) {
    most = std::max(most, side);
    least = std::min(least, side);
  };
  for (std::size_t j = 0; j < n; ++j) {
    if (system[j][n] == 0) continue;
    constant -= system[j][n] * rows[j][0];
    note(system[j][n].sign() * turned);
    out.used.push_back(static_cast<int>(j));
  }
  note(constant.sign() * turned);
  if (most <= 0 || least >= 0) out.side = static_cast<Side>(most + least);
  out.loose = constant == 0 && out.used.size() < 2;
  return out;
}

Side side_by_support(const Row& g, const std::vector<Row>& rows) {
  return shown_by_support(g, rows).side;
}

}  // namespace polyregions
