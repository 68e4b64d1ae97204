// SPDX-License-Identifier: MIT
#include "dictionary_start.hpp"

#include <algorithm>
#include <cmath>

#include "float_network.hpp"
#include "search.hpp"
#include "tableau.hpp"

namespace polyregions {

namespace {

constexpr std::size_t most_units = 40;  // 2^40 starts are more than anyone can wait for

/// Bits of the largest entry: the row over 2^bits has its largest entry in [1/2, 1).
unsigned scale_bits(const Row& row) {
  unsigned bits = 0;
  for (const Integer& v : row) {
    if (v != 0) bits = std::max<unsigned>(bits, msb(Integer(abs(v))) + 1);
  }
  return bits;
}

/// The wall's row, scaled by the power of two of `scale_bits`.
PathWall path_wall(const Wall& wall, const Row& exact) {
  PathWall out{wall, std::vector<double>((exact.size() + 7) / 8 * 8, 0.0), 0.0};
  const Integer scale = power_of_two(scale_bits(exact));
  for (std::size_t k = 0; k < exact.size(); ++k) {
    double r = 0.0;
    out.row[k] = rounded_with_radius(exact[k], scale, r);
    out.radius = std::fmax(out.radius, r);
  }
  return out;
}

/// Let hyperplanes of the first cutting layer in, where they take the place of a free
/// coordinate: only those cut every cell, on both sides.
void add_units(const Problem& problem, ExactPath& path, Tableau& tableau,
               DictionaryStart& start, std::vector<Row>& exact) {
  const int first = first_cutting_layer(problem.network);
  const Layer& layer = problem.network.layers[first];
  for (int unit = 0; unit < layer.n_out; ++unit) {
    if (n_breaks(layer, unit) == 0) continue;
    const Wall wall{first, unit, 0, 1};
    Row row = path.row(wall);
    const Tableau::Test test = tableau.test(row);
    if (test.side != Side::both || tableau.column_ids()[test.column] >= 0) continue;
    tableau.commit(test, static_cast<int>(start.walls.size()));
    start.walls.push_back(path_wall(wall, row));
    exact.push_back(std::move(row));
  }
}

/// How far each coordinate reaches, where rows of its own bound it on both sides.
std::vector<double> reach_of(const std::vector<Row>& rows, int dim) {
  std::vector<double> above(dim + 1, INFINITY), below(dim + 1, INFINITY);
  above[0] = below[0] = 1.0;
  for (const Row& row : rows) {
    int only = 0;
    for (int k = 1; k <= dim && only >= 0; ++k) {
      if (row[k] != 0) only = only == 0 ? k : -1;
    }
    if (only <= 0) continue;
    // c + a y > 0: y is bounded by -c / a, from below when a > 0.
    const Integer size = abs(row[only]);
    const double limit =
        std::fabs(rounded_quotient(row[0], size)) * (1 + 0x1p-40) + 0x1p-1000;
    double& bound = (row[only] > 0 ? below : above)[only];
    bound = std::fmin(bound, limit);
  }
  std::vector<double> reach;
  for (int k = 0; k <= dim; ++k) {
    reach.push_back(std::fmax(above[k], below[k]));
    if (!(reach.back() < 0x1p900)) return {};
  }
  return reach;
}

}  // namespace

DictionaryStart dictionary_start(const Problem& problem) {
  DictionaryStart start;
  const int first = first_cutting_layer(problem.network);
  const int dim = problem.search.dim;
  if (first < 0 || problem.search.empty || dim == 0) return start;
  if (most_breaks(problem.network) > stage_size) return start;
  const Digits digits = zero_digits(problem.network);
  ExactPath path(problem, digits);
  Tableau tableau(dim);
  std::vector<Row> exact = problem.search.rows;
  start.n_domain = exact.size();
  for (std::size_t i = 0; i < start.n_domain; ++i) {
    const int id = static_cast<int>(i);
    tableau.restrict_to(exact[i], id);
    start.walls.push_back(path_wall({Wall::domain, 0, id, 1}, exact[i]));
  }
  add_units(problem, path, tableau, start, exact);
  start.columns = tableau.column_ids();
  for (const int id : start.columns) {
    if (id < 0) return start;
  }
  if (start.walls.size() - start.n_domain >= most_units) return start;
  start.applies = true;
  start.reach = reach_of(problem.search.rows, dim);
  start.x.assign(dim, std::vector<double>(dim + 1));
  start.unit_columns.assign(start.walls.size() - start.n_domain, 0);
  std::vector<bool> nonbasic(start.walls.size(), false);
  for (int j = 0; j <= dim; ++j) {
    // Slacks of the tableau are unscaled rows.
    const unsigned shift = j == 0 ? 0 : scale_bits(exact[start.columns[j - 1]]);
    for (int k = 0; k < dim; ++k) {
      start.x[k][j] =
          rounded_quotient(tableau.input_row(k)[j] << shift, tableau.denominator());
    }
    if (j == 0) continue;
    const auto id = static_cast<std::size_t>(start.columns[j - 1]);
    nonbasic[id] = true;
    if (id >= start.n_domain) start.unit_columns[id - start.n_domain] = j;
  }
  for (std::size_t id = 0; id < start.n_domain; ++id) {
    if (!nonbasic[id]) start.basics.push_back(static_cast<int>(id));
  }
  return start;
}

}  // namespace polyregions
