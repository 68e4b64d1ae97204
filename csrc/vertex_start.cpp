// SPDX-License-Identifier: MIT
#include "vertex_start.hpp"

#include "search.hpp"

namespace polyregions {

namespace {

constexpr int highest_rank = 5;
constexpr std::size_t most_domain_rows = 40;  // all of them may need a slot

}  // namespace

VertexStart vertex_start(const Problem& problem) {
  VertexStart start;
  const int layer = first_cutting_layer(problem.network);
  const int dim = problem.search.dim;
  if (layer < 0 || problem.search.empty || dim < 1 || dim > highest_rank) return start;
  if (problem.search.rows.size() >= most_domain_rows) return start;
  if (most_breaks(problem.network) > stage_size) return start;
  const Digits digits = zero_digits(problem.network);
  ExactPath path(problem, digits);
  std::vector<Wall> walls;
  for (std::size_t i = 0; i < problem.search.rows.size(); ++i) {
    walls.push_back({Wall::domain, 0, static_cast<int>(i), 1});
  }
  const Layer& first = problem.network.layers[layer];
  for (int unit = 0; unit < first.n_out; ++unit) {
    if (n_breaks(first, unit) > 0) walls.push_back({layer, unit, 0, 1});
  }
  std::vector<Row> kept;
  for (const Wall& wall : walls) {
    if (static_cast<int>(start.walls.size()) == dim) break;
    kept.push_back(path.row(wall));
    if (pivot_columns(kept, dim).size() == kept.size()) {
      start.walls.push_back(wall);
      if (wall.layer >= 0) start.units.push_back(wall);
    } else {
      kept.pop_back();
    }
  }
  start.applies = static_cast<int>(start.walls.size()) == dim;
  return start;
}

}  // namespace polyregions
