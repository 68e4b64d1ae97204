// SPDX-License-Identifier: MIT
// A domain, in coordinates of its own in which it is full-dimensional.
//
// The network's input is x = (base + sum_j y_j directions_j) / scale with y in R^dim,
// and the domain is {y : rows > 0}.  Flat polytopes are written on their affine hull
// here, so that everything above works in open, full-dimensional sets; where network
// and domain see only a map of smaller rank, the search keeps that many coordinates.
#pragma once

#include <vector>

#include "integer.hpp"
#include "network.hpp"

namespace polyregions {

struct Frame {
  bool empty = false;     // no point at all: every count is 0
  int dim = 0;            // own coordinates
  AffineMap inputs;       // (n_inputs) rows in y: the network's input
  std::vector<Row> rows;  // strictly positive on the domain, no redundant ones
  AffineMap given;        // the coordinates that the user gave, in y
  std::vector<int> kept;  // which coordinates of the unreduced frame y are
  // The rows are some of those that were given, by their numbers, as they were given;
  // n_given is -1 on a flat set, where they are others.
  std::vector<int> sources;
  int n_given = 0;
};

/// {A u <= b} in the user's coordinates u of dimension n; a row is (b, -A).  With
/// `clean` the caller vouches for a full-dimensional set without redundant rows.
/// `inputs` maps u to the network's inputs.  Throws nothing on empty or flat sets.
Frame make_frame(int n, AffineMap inputs, std::vector<Row> rows, bool clean);

/// Pivot columns (0-based, the first ones possible) of the rows' linear parts, by
/// fraction-free elimination: as many as their rank.
std::vector<int> pivot_columns(std::vector<Row> rows, int dim);

/// The frame restricted to as many coordinates as domain and network can tell apart:
/// with a first layer and domain rows of joint rank r < n every cell is a product with
/// R^(n-r), so the r pivot columns suffice and the other coordinates stay 0.
Frame reduced_frame(const Network& network, const Frame& frame);

}  // namespace polyregions
