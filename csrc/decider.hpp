// SPDX-License-Identifier: MIT
// "HiGHS proposes, exact integers decide": is an open polyhedron empty, and which of
// its rows are redundant.  Without a solver every answer comes from the exact simplex;
// with one that knows nothing or lies, answers are the same, only slower.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cells.hpp"
#include "highs.hpp"
#include "polyhedron.hpp"

namespace polyregions {

class Decider {
 public:
  /// `solver` may be null.
  explicit Decider(std::unique_ptr<Solver> solver) : solver_(std::move(solver)) {}

  /// A point of {rows > 0}, or nothing when it is empty.
  std::optional<RationalPoint> open_point(int dim, const std::vector<Row>& rows);

  /// The rows that carry facets of {rows > 0}, of which `inside` is a point.
  std::vector<Row> facets_only(int dim, std::vector<Row> rows,
                               const RationalPoint& inside);

  /// Counters so far, the solver's included.
  Decisions decisions() const;

 private:
  bool is_empty_subset(int dim, const std::vector<Row>& rows,
                       const std::vector<int>& support, const Row* beside) const;
  bool carries_facet(int dim, const std::vector<Row>& rows,
                     const std::vector<double>& floats, int index,
                     const std::vector<double>& inside);
  bool crosses_at(const std::vector<Row>& rows, int index,
                  const std::vector<double>& point) const;

  std::unique_ptr<Solver> solver_;
  Decisions decisions_;
};

}  // namespace polyregions
