// SPDX-License-Identifier: MIT
// One cell of any rank as a floating-point linear program: every constraint as an
// affine function of the slacks of d of them, and the claims it can prove.
//
// Here are the walls of these slacks, and which one enters; the numbers are in
// dictionary_table.hpp, the point in slack_coordinates.hpp.  The dictionary itself is a
// hint.  What it says of a function is believed only after a proof (farkas.hpp) from
// the multipliers that it proposes.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "dictionary_start.hpp"
#include "dictionary_table.hpp"
#include "farkas.hpp"
#include "inverse.hpp"
#include "isa.hpp"
#include "path_walls.hpp"
#include "slack_coordinates.hpp"

namespace polyregions::POLYREGIONS_ISA {

// These choose a path through the program; proofs do not know them.
constexpr double least_fall = 1e-13;  // relative: of a function that cuts
constexpr double usable_pivot = 1e-7;
constexpr int most_pivots = 200;
constexpr int pivots_before_bland = 40;

class Dictionary {
 public:
  /// `walls`: those of the path, by id.
  Dictionary(int dim, const PathWalls& walls, DictionaryScratch& scratch)
      : walls_(&walls), dim_(dim), table_(scratch), coordinates_(dim) {}

  /// The start: the coordinates' walls, as they are turned, are the columns.
  void begin(const DictionaryStart& start) {
    basic_walls_.clear();
    take_columns(start.columns, start.central);
    for (int j = 1; j <= n_columns(); ++j) table_.set_column_range(j, wall(j).range);
    std::vector<double> row(width());
    for (const int id : start.basics) {
      // Columns are coordinates, turned round where their walls are.
      std::copy_n(walls_->row(id), dim_ + 1, row.data());
      for (int j = 1; j <= n_columns(); ++j) row[j] *= side(start.columns[j - 1]);
      push_row(row.data(), id);
    }
    generic = true;
  }

  /// A copy goes on with walls of its own, which are the same.
  void attach(const PathWalls& walls) { walls_ = &walls; }

  /// The walls of the columns.
  std::vector<int> basis() const {
    return {column_walls_.begin() + 1, column_walls_.end()};
  }

  /// Begin anew at these columns, from the walls themselves; false, and nothing has
  /// changed, when the walls seem dependent.
  bool rebuild(const std::vector<int>& basis) {
    const std::vector<int> kept = coordinates_.kept();
    if (basis.size() != kept.size()) return false;
    // slacks = matrix t + constants, so t = inverse (slacks - constants).
    std::vector<double> matrix;
    for (const int id : basis) {
      for (const int k : kept) matrix.push_back(side(id) * walls_->row(id)[k]);
    }
    if (!invert(matrix, n_columns())) return false;
    std::vector<bool> is_column(walls_->size(), false);
    for (const int id : basis) is_column[id] = true;
    std::copy(basis.begin(), basis.end(), column_walls_.begin() + 1);
    for (int j = 1; j <= n_columns(); ++j) {
      table_.set_column_range(j, wall(j).range);
      locate(column_walls_[j], -j);
    }
    table_.clear();
    basic_walls_.clear();
    std::vector<double> row(width());
    for (int id = 0; id < walls_->size(); ++id) {
      const int other = (*walls_)[id].opposite;
      if (is_gone(id) || is_column[id] ||
          (other >= 0 && (is_column[other] || other < id))) {
        continue;
      }
      over_slacks(id, basis, kept, matrix, row.data());
      push_row(row.data(), id);
      table_.set_range(newest_row(), (*walls_)[id].range);
      locate(id, newest_row());
    }
    return true;
  }

  /// What float pivoting finds of a function.
  enum class Found { positive, negative, cuts, unknown };

  /// Minimise |g|; `out` (width) ends as the function over the final slacks; for
  /// `cuts`, `column` is where it can enter.
  Found find_sign(const double* g, double* out, int& column) {
    transform(g, out);
    double size = 0.0;
    for (int k = 0; k <= dim_; ++k) size = larger(size, std::fabs(g[k]));
    bool turned = out[0] < 0.0, known_to_rise = false;
    if (turned) negate(out);
    Found found = Found::unknown;
    for (int steps = 0; steps < most_pivots; ++steps) {
      column = entering(out, zero_entry * size, steps < pivots_before_bland);
      if (column < 0) {
        found = turned ? Found::negative : Found::positive;
        break;
      }
      double length = INFINITY;
      const int row = table_.blocking(column, length);
      const double least = least_fall * size;
      if (length * -out[column] > larger(out[0], 0.0) * (1.0 + zero_entry) + least) {
        // A function that is 0 at the vertex must rise somewhere, too.
        if (out[0] > least || known_to_rise || rises(out, least)) {
          found = Found::cuts;
          break;
        }
        negate(out);
        turned = !turned;
        known_to_rise = true;
        continue;
      }
      if (!step(row, column, out)) break;
    }
    if (turned) negate(out);
    return found;
  }

  /// After `cuts`: the function becomes the slack of `column`, as wall `wall`.
  void enter(const double* transformed, int column, int wall) {
    push_row(transformed, wall);
    pivot(newest_row(), column, nullptr);
  }

  /// The slack of a column turns round: the cell lies on the other side of it.
  void flip(int column) {
    table_.flip(column);
    const int k = (*walls_)[column_walls_[column]].coordinate;
    if (k > 0) coordinates_.flip(k);
  }

  /// Only some coordinates matter from now on; needs `is_product`.
  bool is_product() const { return basic_walls_.empty(); }
  void keep_coordinates(const std::vector<bool>& kept) {
    std::vector<int> ids;
    const bool central = is_central();
    for (int j = central ? 0 : 1; j <= n_columns(); ++j) {
      const int id = column_walls_[j], k = (*walls_)[id].coordinate;
      if (kept[k]) ids.push_back(id);
      coordinates_.drop(k, side(id));  // any point inside will do
    }
    take_columns(ids, central);
  }

  /// The cell is the slice of a cone: the multiplier of 1 is that of wall(0).
  bool is_central() const { return column_walls_[0] >= 0; }

  /// The function g (dim + 1) of the coordinates over the slacks: out (width).
  void transform(const double* g, double* out) const {
    std::fill(out, out + width(), 0.0);
    coordinates_.transform(table_, g, out);
  }

  /// The walls of the columns as terms, with what a function takes of them, times sign.
  void propose(const double* multipliers, double sign, const double* nu,
               Combination& out) const {
    out.terms.clear();
    out.lambda = is_central() ? 0.0 : sign * multipliers[0];
    out.nu = is_central() ? 0.0 : nu[0];
    for (int j = is_central() ? 0 : 1; j <= n_columns(); ++j) {
      const PathWalls::Info& own = wall(j);
      const double side = own.wall.orientation;
      out.terms.push_back({walls_->row(column_walls_[j]), own.radius, side,
                           sign * multipliers[j], nu[j]});
    }
  }

  /// Make the constraint nonbasic where its slack is 0: its column; 0 when its slack
  /// seems to be positive everywhere, and -1 when the dictionary loses its way.
  int bring_in(int wall, double* objective) {
    for (int j = 1; j <= n_columns(); ++j) {
      if (column_walls_[j] == wall) return j;
    }
    const auto found = std::find(basic_walls_.begin(), basic_walls_.end(), wall);
    const auto own = static_cast<int>(found - basic_walls_.begin());
    std::fill(objective, objective + width(), 0.0);
    for (int j = 0; j <= n_columns(); ++j) objective[j] = table_.column(j)[own];
    for (int steps = 0; steps < most_pivots; ++steps) {
      const int column = entering(objective, zero_entry, steps < pivots_before_bland);
      if (column < 0) return 0;
      double length = INFINITY;
      const int row = table_.blocking(column, length);
      if (length == INFINITY || !step(row, column, objective)) return -1;
      if (row == own) return column;
    }
    return -1;
  }

  /// The constraint's coordinate was dropped, or fixed.
  bool is_gone(int wall) const {
    const int k = (*walls_)[wall].coordinate;
    return k > 0 && coordinates_.is_gone(k);
  }

  bool generic = true;  // no decision on the way was left to exact integers

  /// A point well inside, if the vertex is not degenerate; t: (dim), steps: (width).
  /// With `turned` > 0 it lies on the wall of that column.
  bool centre(double* t, double* steps, int turned = 0) const {
    if (!table_.centre(steps, turned)) return false;
    coordinates_.point(table_.slacks(), steps, t);
    return true;
  }

  /// After `centre` on the wall of a column: points below and above it, each half of
  /// the way to the next constraint.
  void halves(const double* t, int column, double* below, double* above) const {
    const auto [lower, upper] = table_.halves(column);
    for (int k = 1; k <= dim_; ++k) {
      const double change = coordinates_.change(table_, k, column);
      below[k - 1] = t[k - 1] + lower * change;
      above[k - 1] = t[k - 1] + upper * change;
    }
  }

  /// The vertex; t: (dim).
  void vertex(double* t) const { coordinates_.vertex(table_, t); }

  /// How a coordinate changes with the slacks of the columns: out (width), from 1;
  /// zeros and false for one that is gone.
  bool depends(int k, double* out) const {
    std::fill(out, out + width(), 0.0);
    return coordinates_.depends(table_, k, out);
  }

  /// Whether it is the coordinate that is 1 or -1 on the slice of a cone.
  bool is_fixed(int k) const {
    return is_central() && (*walls_)[column_walls_[0]].coordinate == k;
  }

  /// Columns, and the ids of their walls, from 1.
  int n_columns() const { return table_.n_columns(); }
  int column_wall(int column) const { return column_walls_[column]; }
  const PathWalls::Info& wall(int column) const {
    return (*walls_)[column_walls_[column]];
  }

  /// Room for a function over the slacks.
  int width() const { return padded_width(dim_); }

 private:
  static double larger(double a, double b) { return a < b ? b : a; }

  double side(int id) const { return (*walls_)[id].wall.orientation; }

  /// The coordinates of these walls are the columns; on the slice of a cone the first
  /// has none, and is 1 or -1.
  void take_columns(const std::vector<int>& ids, bool central) {
    column_walls_.assign(1, -1);
    for (const int id : ids) {
      const int k = (*walls_)[id].coordinate;
      if (central && column_walls_[0] < 0) {
        column_walls_[0] = id;
        coordinates_.drop(k, side(id));
        continue;
      }
      coordinates_.set(k, -static_cast<int>(column_walls_.size()), side(id), 0.0);
      column_walls_.push_back(id);
    }
    table_.begin(static_cast<int>(column_walls_.size()) - 1);
  }

  /// A wall where all coordinates that have a place are 0.
  double constant(int id) const {
    return side(id) * coordinates_.constant(walls_->row(id));
  }

  /// A wall over the slacks of a basis, `inverse` being that of its matrix.
  void over_slacks(int id, const std::vector<int>& basis, const std::vector<int>& kept,
                   const std::vector<double>& inverse, double* out) const {
    const double* const row = walls_->row(id);
    out[0] = constant(id);
    const int n = n_columns();
    for (int j = 0; j < n; ++j) {
      double total = 0.0;
      for (int i = 0; i < n; ++i) {
        total += row[kept[i]] * inverse[static_cast<std::size_t>(i) * n + j];
      }
      out[j + 1] = side(id) * total;
      out[0] -= out[j + 1] * constant(basis[j]);
    }
  }

  /// The wall, if it belongs to a coordinate, is now in this place.
  void locate(int id, int place) {
    const int k = (*walls_)[id].coordinate;
    if (k == 0) return;
    const double* const row = walls_->row(id);
    coordinates_.set(k, place, side(id) / row[k], -row[0] / row[k]);
  }

  void negate(double* row) const {
    for (int j = 0; j <= n_columns(); ++j) row[j] = -row[j];
  }

  void push_row(const double* row, int wall) {
    table_.push(row);
    basic_walls_.push_back(wall);
  }
  int newest_row() const { return static_cast<int>(basic_walls_.size()) - 1; }

  bool rises(const double* objective, double least) const {
    for (int j = 1; j <= n_columns(); ++j) {
      if (objective[j] > 0.0 && objective[j] * table_.length_of(j) > least) return true;
    }
    return false;
  }

  /// A column along which the objective falls, by more than what may be noise of its
  /// largest entry.
  int entering(const double* objective, double least, bool steepest) const {
    const int n = n_columns();
    double size = 0.0;
    for (int j = 1; j <= n; ++j) size = larger(size, std::fabs(objective[j]));
    const double certain = larger(least, zero_entry * size);
    int column = -1;
    for (int j = 1; j <= n; ++j) {
      if (!(objective[j] < -certain)) continue;
      const bool better =
          column < 0 || (steepest ? objective[j] < objective[column]
                                  : column_walls_[j] < column_walls_[column]);
      if (better) column = j;
    }
    return column;
  }

  /// Go along a column to the constraint `row`, or to its own range for -1.  False when
  /// that would lose the way.
  bool step(int row, int column, double* objective) {
    if (row < 0) {
      table_.turn_column(column, objective);
      take_opposite(column_walls_[column], table_.column_range(column));
      return true;
    }
    const double entry = table_.column(column)[row];
    if (std::fabs(entry) < usable_pivot) return false;
    if (entry > 0.0) {
      table_.turn_row(row);
      take_opposite(basic_walls_[row], table_.range(row));
    }
    pivot(row, column, objective);
    return true;
  }

  /// The slack is measured from the opposite wall.
  void take_opposite(int& wall, double range) {
    coordinates_.take_opposite((*walls_)[wall].coordinate, range);
    wall = (*walls_)[wall].opposite;
  }

  /// Swap the basic constraint with the column's variable.
  void pivot(int row, int column, double* objective) {
    table_.pivot(row, column, objective);
    std::swap(column_walls_[column], basic_walls_[row]);
    place(column_walls_[column], -column);
    place(basic_walls_[row], row);
  }

  void place(int wall, int at) {
    if (const int k = (*walls_)[wall].coordinate; k > 0) coordinates_.place(k, at);
  }

  const PathWalls* walls_;
  int dim_ = 0;
  DictionaryTable table_;
  SlackCoordinates coordinates_;
  std::vector<int> basic_walls_;   // of each constraint
  std::vector<int> column_walls_;  // (n + 1); 0: of the fixed coordinate, or -1
};

}  // namespace polyregions::POLYREGIONS_ISA
