// SPDX-License-Identifier: MIT
#include "view.hpp"

#include <utility>

#include "float_point.hpp"
#include "rational_engine.hpp"
#include "status.hpp"
#include "walk.hpp"

namespace polyregions {

namespace {

/// A point of the search coordinates in the frame's: the others are 0.
RationalPoint lifted(const Problem& problem, const RationalPoint& point) {
  RationalPoint out;
  out.denominator = point.denominator;
  out.numerators.assign(problem.frame.dim, 0);
  for (std::size_t k = 0; k < point.numerators.size(); ++k) {
    out.numerators[problem.search.kept[k]] = point.numerators[k];
  }
  return out;
}

Row moved_to(const Row& row, const RationalPoint& origin) {
  Row out = row;
  out[0] = value_at(row, origin.numerators, origin.denominator);
  for (std::size_t k = 1; k < out.size(); ++k) out[k] *= origin.denominator;
  return out;
}

Row kept_columns(const Row& row, const std::vector<int>& columns) {
  Row out{row[0]};
  for (const int k : columns) out.push_back(row[k + 1]);
  return out;
}

}  // namespace

Region cell_region(const Problem& problem, const Digits& digits, const double* point) {
  Walker walker(problem.network, problem.search);
  walker.move_to(digits);
  const Walls walls = walls_of(problem.network, problem.search, walker);
  Walker own(problem.network, problem.frame);
  own.move_to(digits);
  Walls own_walls = walls_of(problem.network, problem.frame, own);
  if (own_walls.rows.size() != walls.rows.size()) {
    throw Error(Status::internal, "the reduced coordinates do not see all walls");
  }
  Region region;
  region.dim = problem.frame.dim;
  std::vector<Row> facets;
  for (const int i : facet_indices(problem.search.dim, walls.rows)) {
    region.rows.push_back(std::move(own_walls.rows[i]));
    facets.push_back(walls.rows[i]);
  }
  region.values = own.output();
  const auto stored = dyadic_point(point, region.dim);
  if (stored && all_positive(region.rows, *stored)) {
    region.point = *stored;
    return region;
  }
  auto inside = open_point(problem.search.dim, facets);
  if (!inside) throw Error(Status::internal, "a cell of the complex is empty");
  region.point = lifted(problem, simplest_point(facets, std::move(*inside)));
  return region;
}

namespace {

/// The same for any point, in integers.
std::int64_t locate_exactly(const Problem& problem, const Cells& cells,
                            const double* point) {
  const Frame& frame = problem.frame;
  const auto origin = dyadic_point(point, frame.dim);
  if (!origin || frame.empty) return -1;
  Frame local;
  local.dim = problem.search.dim;
  for (const Row& row : frame.rows) {
    Row moved = kept_columns(moved_to(row, *origin), problem.search.kept);
    if (moved[0].sign() < 0) return -1;
    if (moved[0] == 0) local.rows.push_back(std::move(moved));
  }
  local.inputs.scale = frame.inputs.scale * origin->denominator;
  for (const Row& row : frame.inputs.rows) {
    local.inputs.rows.push_back(
        kept_columns(moved_to(row, *origin), problem.search.kept));
  }
  const Digits digits = first_cell_at_origin(problem.network, local);
  std::vector<std::uint64_t> words(problem.layout.n_words);
  pack(problem.layout, digits, words.data());
  return find_cell(cells, words.data());
}

}  // namespace

std::vector<std::int64_t> locate(const Problem& problem, const Cells& cells,
                                 const double* points, std::size_t n) {
  std::vector<std::int64_t> out;
  if (problem.frame.empty) {
    out.assign(n, -1);
    return out;
  }
  FloatPoint floats(problem);
  Digits digits = zero_digits(problem.network);
  std::vector<std::uint64_t> words(problem.layout.n_words);
  for (std::size_t i = 0; i < n; ++i) {
    const double* const point =
        points + i * static_cast<std::size_t>(problem.frame.dim);
    if (floats.digits_at(point, digits)) {
      // Inside of one cell, and in the closure of no other.
      pack(problem.layout, digits, words.data());
      out.push_back(find_cell(cells, words.data()));
    } else {
      out.push_back(locate_exactly(problem, cells, point));
    }
  }
  return out;
}

}  // namespace polyregions
