// SPDX-License-Identifier: MIT
#include "tableau.hpp"

#include <algorithm>
#include <utility>

#include "status.hpp"

namespace polyregions {

namespace mp = boost::multiprecision;

namespace {

// Dantzig's rule is faster, Bland's (1977) terminates: change over after this many
// pivots of one question.
constexpr int pivots_before_bland = 24;

}  // namespace

Tableau::Tableau(int dim) : input_column_(dim), inputs_(dim) {
  columns_.reserve(dim);
  for (int k = 0; k < dim; ++k) {
    columns_.push_back({-1, k});
    input_column_[k] = k;
  }
}

Row Tableau::transformed(const Row& g) const {
  Row out(columns_.size() + 1, 0);
  out[0] = g[0] * denominator_;
  for (std::size_t k = 0; k < input_column_.size(); ++k) {
    if (g[k + 1] == 0) continue;
    if (input_column_[k] >= 0) {
      out[input_column_[k] + 1] += g[k + 1] * denominator_;
    } else {
      add_multiple(out, g[k + 1], inputs_[k]);
    }
  }
  return out;
}

/// Row over the old column variables -> over the new ones, where pivot_row's variable
/// takes the place of `column`; the new denominator is |pivot_row[column]|.
void Tableau::eliminate(Row& row, const Row& pivot_row, int column) const {
  const Integer& p = pivot_row[column + 1];
  const bool negative = p.sign() < 0;
  const Integer entry = row[column + 1];
  for (std::size_t k = 0; k < row.size(); ++k) {
    if (k == static_cast<std::size_t>(column) + 1) continue;
    if (entry == 0) {
      if (row[k] != 0) row[k] = row[k] * p / denominator_;
    } else if (row[k] == 0) {
      if (pivot_row[k] != 0) row[k] = -(entry * pivot_row[k]) / denominator_;
    } else {
      row[k] = (row[k] * p - entry * pivot_row[k]) / denominator_;
    }
    if (negative) row[k] = -row[k];
  }
  if (negative) row[column + 1] = -row[column + 1];
}

void Tableau::pivot(int constraint, int column, Row* objective) {
  const Row pivot_row = std::move(constraints_[constraint].row);
  for (Row& row : inputs_) {
    if (!row.empty()) eliminate(row, pivot_row, column);
  }
  for (std::size_t i = 0; i < constraints_.size(); ++i) {
    if (static_cast<int>(i) != constraint) {
      eliminate(constraints_[i].row, pivot_row, column);
    }
  }
  if (objective != nullptr) eliminate(*objective, pivot_row, column);

  const bool negative = pivot_row[column + 1].sign() < 0;
  Row left = negated(pivot_row);  // the variable that leaves the column
  left[column + 1] = denominator_;
  denominator_ = pivot_row[column + 1];
  if (negative) {
    left = negated(std::move(left));
    denominator_ = -denominator_;
  }
  Column& place = columns_[column];
  const Column old = place;
  place = {constraints_[constraint].id, -1};
  if (old.input >= 0) {
    inputs_[old.input] = std::move(left);
    input_column_[old.input] = -1;
    constraints_.erase(constraints_.begin() + constraint);
  } else {
    constraints_[constraint] = {old.id, std::move(left)};
  }
}

int Tableau::entering_column(const Row& objective, bool bland) const {
  int best = -1;
  for (int j = 0; j < static_cast<int>(columns_.size()); ++j) {
    if (objective[j + 1].sign() >= 0) continue;
    const bool better = best < 0 || (bland ? columns_[j].id < columns_[best].id
                                           : objective[j + 1] < objective[best + 1]);
    if (better) best = j;
  }
  return best;
}

/// The constraint that reaches zero first when the column's variable grows; -1 for
/// none.  Ties go to the smallest id (Bland).
int Tableau::blocking_constraint(int column) const {
  int best = -1;
  for (int i = 0; i < static_cast<int>(constraints_.size()); ++i) {
    const Row& row = constraints_[i].row;
    if (row[column + 1].sign() >= 0) continue;
    if (best < 0) {
      best = i;
      continue;
    }
    const Row& other = constraints_[best].row;
    const Integer mine = row[0] * other[column + 1];
    const Integer theirs = other[0] * row[column + 1];
    // Both slopes are negative: a smaller ratio is a larger product.
    if (mine > theirs ||
        (mine == theirs && constraints_[i].id < constraints_[best].id)) {
      best = i;
    }
  }
  return best;
}

/// With objective >= 0 at the current vertex: true when it takes negative values on
/// the closure; `column` is then the direction in which it does so from here, crossing
/// zero strictly before any constraint.  False: it is >= 0 on the closure, and its
/// minimum is objective[0] now.
bool Tableau::reaches_negative(Row& objective, int& column) {
  for (int pivots = 0;; ++pivots) {
    column = entering_column(objective, pivots >= pivots_before_bland);
    if (column < 0) return false;
    const int blocking = blocking_constraint(column);
    if (blocking < 0) return true;
    const Row& row = constraints_[blocking].row;
    if (objective[0] * row[column + 1] > row[0] * objective[column + 1]) return true;
    pivot(blocking, column, &objective);
  }
}

Tableau::Test Tableau::test(const Row& g) {
  Test result;
  Row row = transformed(g);
  if (is_constant(row)) {
    result.side = static_cast<Side>(sign(row[0]));
    return result;
  }
  result.side = Side::both;
  for (std::size_t j = 0; j < columns_.size(); ++j) {
    if (columns_[j].id < 0 && row[j + 1] != 0) {
      result.column = static_cast<int>(j);
      result.row = std::move(row);
      return result;
    }
  }
  // A sign at a vertex is a sign on the open cell, which comes arbitrarily near.
  const int start = sign(row[0]);
  const bool turned = start < 0;
  if (turned) row = negated(std::move(row));
  bool cuts = reaches_negative(row, result.column);
  if (!cuts) {
    result.side = turned ? Side::negative : Side::positive;
    result.touches = row[0] == 0;
  } else if (start == 0) {
    row = negated(std::move(row));
    cuts = reaches_negative(row, result.column);
    if (!cuts) {
      result.side = Side::negative;
      result.touches = true;
    }
    row = negated(std::move(row));
  }
  result.row = turned ? negated(std::move(row)) : std::move(row);
  return result;
}

int Tableau::commit(const Test& test, int id) {
  constraints_.push_back({id, test.row});
  pivot(static_cast<int>(constraints_.size()) - 1, test.column, nullptr);
  return test.column;
}

void Tableau::flip(int column) {
  for (Row& row : inputs_) {
    if (!row.empty()) row[column + 1] = -row[column + 1];
  }
  for (Constraint& c : constraints_) c.row[column + 1] = -c.row[column + 1];
}

bool Tableau::restrict_to(const Row& g, int id) {
  const Test result = test(g);
  if (result.side == Side::both) commit(result, id);
  return result.side == Side::both || result.side == Side::positive;
}

void Tableau::fix_at_zero(int column) {
  const auto drop = [column](Row& row) {
    if (!row.empty()) row.erase(row.begin() + column + 1);
  };
  for (Row& row : inputs_) drop(row);
  for (Constraint& c : constraints_) drop(c.row);
  columns_.erase(columns_.begin() + column);
  for (int& place : input_column_) {
    if (place > column) --place;
  }
}

std::vector<int> Tableau::column_ids() const {
  std::vector<int> ids;
  for (const Column& column : columns_) ids.push_back(column.id);
  return ids;
}

Row Tableau::input_row(int k) const {
  if (input_column_[k] < 0) return inputs_[k];
  Row row(columns_.size() + 1, 0);
  row[input_column_[k] + 1] = denominator_;
  return row;
}

/// y with slack column j at slacks[j] / 2^exponent and free columns at 0.
RationalPoint Tableau::point_at(const std::vector<Integer>& slacks,
                                unsigned exponent) const {
  RationalPoint point;
  point.denominator = denominator_ << exponent;
  point.numerators.assign(inputs_.size(), 0);
  for (std::size_t k = 0; k < inputs_.size(); ++k) {
    if (input_column_[k] >= 0) continue;
    Integer value = inputs_[k][0] << exponent;
    for (std::size_t j = 0; j < slacks.size(); ++j) {
      if (slacks[j] != 0) value += inputs_[k][j + 1] * slacks[j];
    }
    point.numerators[k] = value;
  }
  return point;
}

/// e such that the edge along the column is 2^e long at least, by the column's slack;
/// empty when its length is 0.  On an edge without end such a slack moves the
/// coordinates about as far as the vertex is from 0, and by about 1 at least.
std::optional<long> Tableau::edge_exponent(int column) const {
  const auto bits = [](const Integer& v) {
    return v == 0 ? 0L : static_cast<long>(mp::msb(Integer(abs(v)))) + 1;
  };
  const int blocking = blocking_constraint(column);
  if (blocking >= 0) {
    const Row& row = constraints_[blocking].row;
    if (row[0] == 0) return std::nullopt;
    return bits(row[0]) - bits(row[column + 1]) - 1;
  }
  long size = bits(denominator_), step = 0;
  for (const Row& row : inputs_) {
    if (row.empty()) continue;
    size = std::max(size, bits(row[0]));
    step = std::max(step, bits(row[column + 1]));
  }
  return step == 0 ? 0 : size - step;
}

/// When the vertex is not degenerate, the simplex spanned by it and its neighbours
/// along the edges lies in the closure; a point of that simplex, with slacks that are
/// powers of two.  Empty when an edge has length 0.
std::optional<RationalPoint> Tableau::corner_point() const {
  int n_slacks = 0;
  for (const Column& c : columns_) n_slacks += c.id >= 0;
  std::vector<long> exponents(columns_.size(), 0);
  long smallest = 0;
  for (std::size_t j = 0; j < columns_.size(); ++j) {
    if (columns_[j].id < 0) continue;
    const std::optional<long> exponent = edge_exponent(static_cast<int>(j));
    if (!exponent) return std::nullopt;
    // The sum over the edges of slack / length stays below 1.
    exponents[j] = *exponent - static_cast<long>(mp::msb(Integer(n_slacks + 1))) - 1;
    smallest = std::min(smallest, exponents[j]);
  }
  std::vector<Integer> slacks(columns_.size(), 0);
  for (std::size_t j = 0; j < columns_.size(); ++j) {
    if (columns_[j].id < 0) continue;
    slacks[j] = power_of_two(static_cast<unsigned>(exponents[j] - smallest));
  }
  return point_at(slacks, static_cast<unsigned>(-smallest));
}

Row Tableau::row_of(int id) const {
  for (const Constraint& c : constraints_) {
    if (c.id == id) return c.row;
  }
  Row row(columns_.size() + 1, 0);
  for (std::size_t j = 0; j < columns_.size(); ++j) {
    if (columns_[j].id == id) row[j + 1] = denominator_;
  }
  return row;
}

/// A point of the closure at which the constraint is positive.
RationalPoint Tableau::point_where_positive(int id) {
  std::vector<Integer> slacks(columns_.size(), 0);
  // Minimise its opposite until it moves off zero.
  Row objective = negated(row_of(id));
  if (objective[0] != 0) return point_at(slacks, 0);
  int column = -1;
  if (!reaches_negative(objective, column)) {
    throw Error(Status::internal, "a cell of the exact simplex has no interior");
  }
  const long exponent = edge_exponent(column).value();
  slacks[column] =
      exponent > 0 ? power_of_two(static_cast<unsigned>(exponent)) : Integer(1);
  return point_at(slacks, exponent < 0 ? static_cast<unsigned>(-exponent) : 0);
}

/// The mean of points of the closure at each of which another constraint is positive.
RationalPoint Tableau::averaged_point() const {
  RationalPoint sum;
  sum.numerators.assign(inputs_.size(), 0);
  Integer count = 0;
  Tableau walker = *this;
  std::vector<int> ids;
  for (const Column& c : columns_) {
    if (c.id >= 0) ids.push_back(c.id);
  }
  for (const Constraint& c : constraints_) ids.push_back(c.id);
  for (const int id : ids) {
    const RationalPoint p = walker.point_where_positive(id);
    for (std::size_t k = 0; k < p.numerators.size(); ++k) {
      sum.numerators[k] =
          sum.numerators[k] * p.denominator + p.numerators[k] * sum.denominator;
    }
    sum.denominator *= p.denominator;
    ++count;
  }
  if (count == 0) return point_at(std::vector<Integer>(columns_.size(), 0), 0);
  sum.denominator *= count;
  return sum;
}

RationalPoint Tableau::interior_point() const {
  if (auto point = corner_point()) return std::move(*point);
  return averaged_point();
}

}  // namespace polyregions
