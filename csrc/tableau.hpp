// SPDX-License-Identifier: MIT
// The exact simplex: an open polyhedral cell {r_i(y) > 0} in R^d, not empty, with
// every coordinate and every constraint as an affine function of d column variables.
//
// Invariants.
//  * All entries are integers over one common denominator `denominator_` > 0; a pivot
//    is fraction-free (Edmonds 1967, Bareiss 1968), its divisions leave no remainder.
//  * A column variable is a coordinate y_k (free) or the slack of a constraint (>= 0).
//    With every slack column at 0 the basic constraints are >= 0: a vertex of the
//    closure, or, while free columns remain, a minimal face of it.
//  * Basic constraints have zeros in the free columns, so a row with a nonzero entry
//    in one takes both signs on the cell.
//  * The cell is full-dimensional: an affine function that is not constant on it and
//    nonnegative on the closure is positive on the cell.
#pragma once

#include <optional>
#include <vector>

#include "integer.hpp"

namespace polyregions {

/// Sign of an affine function on an open cell; `zero` means identically.
enum class Side : int { negative = -1, zero = 0, positive = 1, both = 2 };

/// A point y = numerators / denominator.
struct RationalPoint {
  std::vector<Integer> numerators;
  Integer denominator = 1;
};

class Tableau {
 public:
  explicit Tableau(int dim);

  struct Test {
    Side side = Side::zero;
    bool touches = false;  // one-sided, and zero somewhere on the closure
    int column = -1;       // where commit pivots
    Row row;               // the function in the column variables
  };

  /// Sign of g on the cell.  Moves to another vertex of the same cell.
  Test test(const Row& g);

  /// After test(g) said `both`, and before anything else: add g > 0 to the cell, under
  /// an id no constraint has.  Returns the column that is now g's slack.
  int commit(const Test& test, int id);

  /// Turn the constraint just committed, in this column, into its opposite.
  void flip(int column);

  /// Add g > 0; false when that leaves no interior (the tableau is then unusable).
  bool restrict_to(const Row& g, int id);

  /// Keep only the face on which the column's variable is 0.
  void fix_at_zero(int column);

  /// A point of the open cell.
  RationalPoint interior_point() const;

  /// Constraint id of each column variable; -1 for a free coordinate.
  std::vector<int> column_ids() const;

  /// Coordinate k over the column variables is input_row(k) / denominator().
  Row input_row(int k) const;
  const Integer& denominator() const { return denominator_; }

 private:
  struct Constraint {
    int id;
    Row row;
  };
  struct Column {
    int id;     // constraint id, or -1 for a free coordinate
    int input;  // the coordinate, or -1
  };
  struct Direction;

  Row transformed(const Row& g) const;
  bool reaches_negative(Row& objective, int& column);
  int entering_column(const Row& objective, bool bland) const;
  int blocking_constraint(int column) const;
  void pivot(int constraint, int column, Row* objective);
  void eliminate(Row& row, const Row& pivot_row, int column) const;
  RationalPoint point_at(const std::vector<Integer>& slacks, unsigned exponent) const;
  std::optional<long> edge_exponent(int column) const;
  std::optional<RationalPoint> corner_point() const;
  Row row_of(int id) const;
  RationalPoint point_where_positive(int id);
  RationalPoint averaged_point() const;

  Integer denominator_ = 1;
  std::vector<Column> columns_;
  std::vector<Constraint> constraints_;
  std::vector<int> input_column_;  // column of coordinate k, or -1 when it is basic
  std::vector<Row> inputs_;        // row of coordinate k when it is basic
};

}  // namespace polyregions
