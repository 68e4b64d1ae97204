// SPDX-License-Identifier: MIT
#include "exact_path.hpp"

#include <utility>

namespace polyregions {

const AffineMap& ExactPath::z(std::size_t l) {
  const Network& network = problem_.network;
  for (; valid_ <= l; ++valid_) {
    if (valid_ == 0) {
      z_[0] = pre_activation(network.layers[0], problem_.search.inputs);
    } else {
      const Layer& before = network.layers[valid_ - 1];
      z_[valid_] = pre_activation(
          network.layers[valid_],
          post_activation(before, z_[valid_ - 1], digits_[valid_ - 1].data()));
    }
  }
  return z_[l];
}

Row ExactPath::break_row_of(int layer, int unit, int index) {
  return break_row(problem_.network.layers[layer], unit, index,
                   z(static_cast<std::size_t>(layer)));
}

Row ExactPath::row(const Wall& wall) {
  if (wall.layer == Wall::domain) return problem_.search.rows[wall.index];
  if (wall.layer == Wall::infinity) {
    Row row(problem_.search.dim + 1, 0);
    row[0] = 1;
    return row;
  }
  Row row = break_row_of(wall.layer, wall.unit, wall.index);
  return wall.orientation > 0 ? row : negated(std::move(row));
}

std::vector<Row> break_rows(const Problem& problem, const Digits& digits) {
  ExactPath path(problem, digits);
  std::vector<Row> out;
  const auto& layers = problem.network.layers;
  for (int l = 0; l + 1 < static_cast<int>(layers.size()); ++l) {
    for (int unit = 0; unit < layers[l].n_out; ++unit) {
      for (int j = 0; j < n_breaks(layers[l], unit); ++j) {
        Row row = path.break_row_of(l, unit, j);
        if (is_constant(row) && row[0] == 0) continue;
        out.push_back(digits[l][unit] > j ? std::move(row) : negated(std::move(row)));
      }
    }
  }
  return out;
}

std::vector<Integer> null_vector(const std::vector<Row>& rows) {
  // Minors of the first k rows by column subset, k = 1, 2, ...
  const int width = static_cast<int>(rows.size()) + 1;
  std::vector<Integer> minors(std::size_t{1} << width, 0);
  minors[0] = 1;
  for (int k = 0; k < width - 1; ++k) {
    for (unsigned set = 0; set < minors.size(); ++set) {
      if (__builtin_popcount(set) != k + 1) continue;
      Integer total = 0;
      int place = 0;
      for (int c = 0; c < width; ++c) {
        if ((set >> c & 1u) == 0) continue;
        const Integer& entry = rows[k][c];
        const Integer& minor = minors[set & ~(1u << c)];
        if (entry != 0 && minor != 0) {
          // Expansion along the last of the k + 1 rows.
          const Integer term = entry * minor;
          if ((k + place) % 2 == 0) {
            total += term;
          } else {
            total -= term;
          }
        }
        ++place;
      }
      minors[set] = total;
    }
  }
  std::vector<Integer> out(width);
  const unsigned full = (1u << width) - 1;
  for (int c = 0; c < width; ++c) {
    const Integer& minor = minors[full & ~(1u << c)];
    out[c] = c % 2 == 0 ? minor : Integer(-minor);
  }
  return out;
}

Integer dot(const Row& row, const std::vector<Integer>& homogeneous) {
  Integer total = 0;
  for (std::size_t k = 0; k < row.size(); ++k) {
    if (row[k] != 0 && homogeneous[k] != 0) total += row[k] * homogeneous[k];
  }
  return total;
}

}  // namespace polyregions
