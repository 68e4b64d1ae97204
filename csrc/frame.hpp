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
  // What a certificate states of the domain: the rows as they were given, redundant
  // ones too, and which of them `rows` are; on a flat set `rows` themselves.
  std::vector<Row> stated;
  std::vector<int> sources;
};

/// Whether the values are the coordinates themselves.
bool is_identity(const AffineMap& map);

/// {A u <= b} in the user's coordinates u of dimension n; a row is (b, -A).  With
/// `clean` the caller vouches for a full-dimensional set without redundant rows.
/// `inputs` maps u to the network's inputs.  Throws nothing on empty or flat sets.
Frame make_frame(int n, AffineMap inputs, std::vector<Row> rows, bool clean);

/// Rows that cannot be positive together: the first contradicts the others.  The rows
/// {r > 0} in R^n must have no common point.
std::vector<int> contradiction(int n, const std::vector<Row>& rows);

/// Pivot columns (0-based, the first ones possible) of the rows' linear parts, by
/// fraction-free elimination: as many as their rank.
std::vector<int> pivot_columns(std::vector<Row> rows, int dim);

/// The frame restricted to as many coordinates as domain and network can tell apart:
/// with a first layer and domain rows of joint rank r < n every cell is a product with
/// R^(n-r), so the r pivot columns suffice and the other coordinates stay 0.
Frame reduced_frame(const Network& network, const Frame& frame);

}  // namespace polyregions
