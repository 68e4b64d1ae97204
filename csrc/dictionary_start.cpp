// SPDX-License-Identifier: MIT
#include "dictionary_start.hpp"

#include <algorithm>
#include <cmath>

#include "exact_path.hpp"
#include "search.hpp"

namespace polyregions {

Start make_start(const Problem& problem) {
  Start start;
  const int first = first_cutting_layer(problem.network);
  if (first < 0 || problem.search.empty || problem.search.dim == 0) return start;
  start.tableau = Tableau(problem.search.dim);
  for (std::size_t i = 0; i < problem.search.rows.size(); ++i) {
    const int id = static_cast<int>(start.walls.size());
    start.tableau.restrict_to(problem.search.rows[i], id);
    start.walls.push_back({Wall::domain, 0, id, 1});
  }
  const Digits digits = zero_digits(problem.network);
  ExactPath path(problem, digits);
  const Layer& layer = problem.network.layers[first];
  for (int unit = 0; unit < layer.n_out; ++unit) {
    if (n_breaks(layer, unit) == 0) continue;
    const Wall wall{first, unit, 0, 1};
    const Tableau::Test test = start.tableau.test(path.row(wall));
    // Only a column that is a free coordinate lets the hyperplane in on both sides of
    // every cell.
    if (test.side != Side::both || start.tableau.column_ids()[test.column] >= 0)
      continue;
    start.tableau.commit(test, static_cast<int>(start.walls.size()));
    start.walls.push_back(wall);
    start.units.push_back(wall);
  }
  start.pointed = true;
  for (const int id : start.tableau.column_ids()) start.pointed &= id >= 0;
  return start;
}

unsigned scale_bits(const Row& row) {
  unsigned bits = 0;
  for (const Integer& v : row) {
    if (v != 0) bits = std::max<unsigned>(bits, msb(Integer(abs(v))) + 1);
  }
  return bits;
}

PathWall path_wall(const Wall& wall, const Row& exact) {
  PathWall out{wall, std::vector<double>(exact.size()), 0.0, {}, 0.0};
  const Integer scale = power_of_two(scale_bits(exact));
  for (std::size_t k = 0; k < exact.size(); ++k) {
    double r = 0.0;
    out.row[k] = rounded_with_radius(exact[k], scale, r);
    out.radius = std::fmax(out.radius, r);
  }
  return out;
}

Dictionary first_dictionary(const Problem& problem, const Start& start,
                            const std::vector<Row>& exact,
                            const std::vector<PathWall>& walls,
                            std::vector<int>& unit_columns) {
  const int dim = problem.search.dim;
  const std::size_t n_domain = problem.search.rows.size();
  Dictionary dictionary(dim);
  const std::vector<int> ids = start.tableau.column_ids();
  const Integer& denominator = start.tableau.denominator();
  std::vector<double> x(dim);
  std::vector<bool> nonbasic(start.walls.size(), false);
  unit_columns.assign(start.units.size(), 0);
  for (int j = 0; j <= dim; ++j) {
    // Slacks of the tableau are unscaled rows.
    const unsigned shift = j == 0 ? 0 : scale_bits(exact[ids[j - 1]]);
    for (int k = 0; k < dim; ++k) {
      x[k] = rounded_quotient(start.tableau.input_row(k)[j] << shift, denominator);
    }
    if (j == 0) {
      dictionary.set_vertex(x.data());
      continue;
    }
    const int id = ids[j - 1];
    dictionary.set_column(j, id, x.data());
    nonbasic[id] = true;
    if (id >= static_cast<int>(n_domain)) unit_columns[id - n_domain] = j;
  }
  for (std::size_t id = 0; id < n_domain; ++id) {
    if (!nonbasic[id]) {
      dictionary.add_basic(static_cast<int>(id), walls[id].row.data());
    }
  }
  return dictionary;
}

}  // namespace polyregions
