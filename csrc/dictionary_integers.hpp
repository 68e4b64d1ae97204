// SPDX-License-Identifier: MIT
// The current cell of the dictionary engine in exact integers: the sides that floats
// leave in doubt, and audits of what floats have shown.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "dictionary.hpp"
#include "dictionary_start.hpp"
#include "isa.hpp"
#include "path_state.hpp"
#include "path_walls.hpp"
#include "polyhedron.hpp"
#include "support.hpp"
#include "tableau.hpp"

namespace polyregions::POLYREGIONS_ISA {

class DictionaryIntegers {
 public:
  DictionaryIntegers(const DictionaryStart& start, PathState& state, PathWalls& walls)
      : start_(start),
        state_(state),
        dim_(state.question.problem.search.dim),
        walls_(walls) {}

  /// Exact rows > 0 that bound the cell.
  std::vector<Row> rows() {
    std::vector<Row> out;
    if (start_.central) out = state_.question.problem.search.rows;
    for (int id = 0; id < walls_.size(); ++id) out.push_back(row(id));
    return out;
  }

  /// Side of a row on the cell.
  Side side(const Dictionary& dictionary, const Wall& wall) {
    const Row row = break_row(wall);
    basis_.clear();
    if (is_constant(row)) return static_cast<Side>(sign(row[0]));
    // The walls of the basis prove most; all walls decide the rest.
    Tableau tableau(dim_);
    std::vector<bool> in_basis(walls_.size(), false);
    std::vector<int> basis = dictionary.basis();
    if (dictionary.is_central()) basis.push_back(dictionary.column_wall(0));
    for (const int id : basis) {
      in_basis[id] = true;
      if (!tableau.restrict_to(this->row(id), id)) return Side::both;
    }
    const Side side = tableau.test(row).side;
    if (side != Side::both) return side;
    for (int id = 0; id < walls_.size(); ++id) {
      if (!in_basis[id] && !tableau.restrict_to(this->row(id), id)) return Side::both;
    }
    const Tableau::Test test = tableau.test(row);
    if (dictionary.is_central()) return test.side;  // its vertex is no slice's
    for (const int id : tableau.column_ids()) {
      if (id >= 0 && !dictionary.is_gone(id)) basis_.push_back(id);
    }
    return test.side;
  }

  /// After `side`: walls through the vertex where all of them were asked.
  const std::vector<int>& basis() const { return basis_; }

  /// The same by the walls that the dictionary takes anything of, as `multipliers`
  /// tell; `both` in doubt.
  Side side_by_columns(const Dictionary& dictionary, const Wall& wall,
                       const double* multipliers) {
    double most = 0.0;
    for (int j = 0; j <= dictionary.n_columns(); ++j) {
      most = std::fmax(most, std::fabs(multipliers[j]));
    }
    std::vector<Row> rows;
    for (int j = dictionary.is_central() ? 0 : 1; j <= dictionary.n_columns(); ++j) {
      if (std::fabs(multipliers[j]) < zero_entry * most) continue;
      rows.push_back(row(dictionary.column_wall(j)));
    }
    return side_by_support(break_row(wall), rows);
  }

  // Audits: points once more.

  /// True when the point t of the start's coordinates is inside.
  bool is_inside(const double* t) {
    const auto at = dyadic_point(t, dim_);
    if (!at) return false;
    RationalPoint y;
    y.denominator = start_.lift.scale * at->denominator;
    for (const Row& row : start_.lift.rows) {
      y.numerators.push_back(value_at(row, at->numerators, at->denominator));
    }
    return (start_.central || all_positive(rows(), y)) && has_its_digits(y);
  }

  /// True when the cell has points on both sides of a wall, which is turned meanwhile.
  bool both_are_there(int id) {
    for (const int side : {-1, 1}) {
      walls_.turn(id, side);
      if (!open_point(dim_, rows())) return false;
    }
    return true;
  }

 private:
  Row row(int id) { return state_.path.row(walls_[id].wall); }
  Row break_row(const Wall& wall) {
    return state_.path.break_row_of(wall.layer, wall.unit, wall.index);
  }

  /// Units that do not cut too, but for those on a break.
  bool has_its_digits(const RationalPoint& y) {
    const Problem& problem = state_.question.problem;
    for (const PatternLayout::Column& c : problem.layout.columns) {
      if (state_.on_break[problem.layout.column_of[c.layer][c.unit]]) continue;
      const int digit = state_.digits[c.layer][c.unit];
      for (int j = 0; j < n_breaks(problem.network.layers[c.layer], c.unit); ++j) {
        const Row row = state_.path.break_row_of(c.layer, c.unit, j);
        const Integer value = value_at(row, y.numerators, y.denominator);
        if (value.sign() != (j < digit ? 1 : -1)) return false;
      }
    }
    return true;
  }

  const DictionaryStart& start_;
  PathState& state_;
  const int dim_;
  PathWalls& walls_;
  std::vector<int> basis_;
};

}  // namespace polyregions::POLYREGIONS_ISA
