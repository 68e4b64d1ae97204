// SPDX-License-Identifier: MIT
// The coordinates t of the start over the slacks of a dictionary: each belongs to a
// wall, which is one of the dictionary's rows or columns, or it is a constant.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "dictionary_table.hpp"
#include "isa.hpp"

namespace polyregions::POLYREGIONS_ISA {

class SlackCoordinates {
 public:
  explicit SlackCoordinates(int dim) : dim_(dim), all_(dim + 1) {}

  /// t_k = offset + factor * the slack of the row `place` >= 0, or of the column
  /// -place.
  void set(int k, int place, double factor, double offset) {
    all_[k] = {place, factor, offset};
  }
  /// The coordinate does not matter from now on, or is fixed: it is a constant.
  void drop(int k, double value) { all_[k] = {gone, 0.0, value}; }

  /// Its slack is now in another place; turns round; is measured from the opposite
  /// wall.
  void place(int k, int at) { all_[k].place = at; }
  void flip(int k) { all_[k].factor = -all_[k].factor; }
  void take_opposite(int k, double range) {
    all_[k].offset += all_[k].factor * range;
    all_[k].factor = -all_[k].factor;
  }

  bool is_gone(int k) const { return all_[k].place == gone; }

  /// Those that are no constants.
  std::vector<int> kept() const {
    std::vector<int> out;
    for (int k = 1; k <= dim_; ++k) {
      if (!is_gone(k)) out.push_back(k);
    }
    return out;
  }

  /// A function (dim + 1) of the coordinates where all these are 0.
  double constant(const double* g) const {
    double total = g[0];
    for (int k = 1; k <= dim_; ++k) {
      if (is_gone(k)) total += all_[k].offset * g[k];
    }
    return total;
  }

  /// A function (dim + 1) over the slacks of the columns; out: (n + 1), zeros.
  void transform(const DictionaryTable& table, const double* g, double* out) const {
    const int n = table.n_columns(), stride = table.stride();
    out[0] = g[0];
    for (int k = 1; k <= dim_; ++k) {
      const Coordinate& own = all_[k];
      out[0] += own.offset * g[k];
      if (own.place == gone) continue;
      const double factor = own.factor * g[k];
      if (own.place < 0) {
        out[-own.place] += factor;
      } else {
        const double* entry = table.column(0) + own.place;
        for (int j = 0; j <= n; ++j, entry += stride) out[j] += factor * *entry;
      }
    }
  }

  /// How one changes with the slacks of the columns, from 1; false for one that is
  /// gone.  out: (n + 1), zeros.
  bool depends(const DictionaryTable& table, int k, double* out) const {
    const Coordinate& own = all_[k];
    if (own.place == gone) return false;
    if (own.place < 0) {
      out[-own.place] = own.factor;
      return true;
    }
    const int n = table.n_columns(), stride = table.stride();
    const double* entry = table.column(1) + own.place;
    for (int j = 1; j <= n; ++j, entry += stride) out[j] = own.factor * *entry;
    return true;
  }

  /// The point t (dim) of these slacks of the constraints, and of the columns, from 1.
  void point(const double* slacks, const double* steps, double* t) const {
    for (int k = 1; k <= dim_; ++k) {
      const Coordinate& own = all_[k];
      double slack = 0.0;
      if (own.place >= 0) slack = slacks[own.place];
      if (own.place < 0 && own.place != gone) slack = steps[-own.place];
      t[k - 1] = own.offset + own.factor * slack;
    }
  }

  void vertex(const DictionaryTable& table, double* t) const {
    for (int k = 1; k <= dim_; ++k) {
      const Coordinate& own = all_[k];
      const double slack = own.place >= 0 ? table.column(0)[own.place] : 0.0;
      t[k - 1] = own.offset + own.factor * slack;
    }
  }

  /// How one changes along a column.
  double change(const DictionaryTable& table, int k, int column) const {
    const Coordinate& own = all_[k];
    if (own.place >= 0) return own.factor * table.column(column)[own.place];
    return own.place == -column ? own.factor : 0.0;
  }

 private:
  static constexpr int gone = std::numeric_limits<int>::min();

  struct Coordinate {
    int place = gone;
    double factor = 1.0, offset = 0.0;
  };

  int dim_;
  std::vector<Coordinate> all_;  // (dim + 1), from 1
};

}  // namespace polyregions::POLYREGIONS_ISA
