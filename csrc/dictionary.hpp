// SPDX-License-Identifier: MIT
// One cell of any rank as a floating-point linear program: every constraint as an
// affine function of the slacks of d of them, and the claims it can prove.
//
// The dictionary itself is a hint.  What it says of a function is believed only through
// `prove_sign`, and what it says of a point only after a forward pass with error
// bounds.
//
// Proof of a sign (Farkas).  W holds the d nonbasic walls, scaled to max |W_ik| <= 1,
// and (1, 0, .., 0) as rows over homogeneous coordinates; X is the dictionary's
// approximation of its inverse, c_j = sum_k |X_kj| the size of its columns.  With
// E = I - W X and |E_ij| <= eta c_j, a function g = lambda W has
//     lambda = g X (I - E)^-1,
//     |lambda_j - (g X)_j| <= c_j (E_g + gamma |g| + |g X|_1 eta / (1 - eta |c|_1)),
// where E_g is the radius of g's coefficients.  If every lambda_j is certainly
// positive, g is positive on the cell, for the walls are, and so is the 1.
#pragma once

#include <cstdint>
#include <vector>

#include "exact_path.hpp"
#include "float_network.hpp"

namespace polyregions {

/// A wall of the current path: name and scaled floating-point row (dim + 1).
struct PathWall {
  Wall wall;
  std::vector<double> row;
  double radius = 0.0;
  std::vector<double> behind;  // the same over the coordinates of a bottleneck, if
  double behind_radius = 0.0;  // it lies behind the last one
};

class Dictionary {
 public:
  Dictionary() = default;
  explicit Dictionary(int dim);

  int dim() const { return dim_; }

  /// Set column j (1..dim): its wall's path index, and X's column over x_1..x_dim.
  void set_column(int j, int wall, const double* x);
  /// X's column 0: the vertex.
  void set_vertex(const double* x);
  /// Add a constraint given over homogeneous x (path index `wall`).
  void add_basic(int wall, const double* row);

  /// g over x (dim + 1) as a function of the slacks, to `out` (dim + 1).
  void transform(const double* g, double* out) const;

  /// What float pivoting finds of a function.
  enum class Found { positive, negative, cuts, unknown };
  /// `out` ends as the function over the final slacks; for `cuts`, `column` is where it
  /// can enter.
  Found find_sign(const double* g, double* out, int& column);

  /// After `cuts`: the function becomes the slack of `column`, as wall `wall`.
  void enter(const double* transformed, int column, int wall);

  /// The slack of a column turns round: the cell lies on the other side of it.
  void flip(int column);

  /// True when the current basis certainly proves sign * g > 0 on the cell; g: (dim +
  /// 1) with radius g_radius.
  bool prove_sign(const double* g, double g_radius, int sign,
                  const std::vector<PathWall>& walls);

  /// A point well inside, if the vertex is not degenerate; x: (dim).
  bool centre(double* x) const;

  /// Path indices of all constraints, and of the nonbasic ones.
  std::vector<int> walls() const;
  std::vector<int> basis() const;

  /// Length of a row over the slacks, padded.
  int width() const { return width_; }

 private:
  double* basic(std::size_t i) { return basics_.data() + i * width_; }
  const double* basic(std::size_t i) const { return basics_.data() + i * width_; }
  int blocking(int column, double& ratio) const;
  void pivot(int row, int column, double* objective);
  void eliminate(double* row, const double* pivot_row, int column) const;
  void check_basis(const std::vector<PathWall>& walls);

  int dim_ = 0, width_ = 0;        // width_: dim + 1, padded
  std::vector<double> x_;          // (dim, width): coordinates over the slacks
  std::vector<double> basics_;     // (n, width)
  std::vector<int> basic_walls_;   // (n)
  std::vector<int> column_walls_;  // (dim + 1), from 1
  std::vector<double> lambda_;
  std::vector<double> sizes_;  // c_j, once the basis is checked
  double eta_ = -1.0;          // < 0: not checked yet
  double total_size_ = 0.0;    // |c|_1
};

}  // namespace polyregions
