// SPDX-License-Identifier: MIT
#include "walk.hpp"

#include "polyhedron.hpp"

namespace polyregions {

Walker::Walker(const Network& network, const Frame& frame)
    : network_(network),
      frame_(frame),
      digits_(zero_digits(network)),
      z_(network.layers.size()) {}

void Walker::move_to(const Digits& digits) {
  std::size_t first = 0;
  if (placed_) {
    while (first < digits.size() && digits[first] == digits_[first]) ++first;
    ++first;  // the digits of a layer change what comes after it
  }
  digits_ = digits;
  placed_ = true;
  for (std::size_t l = first; l < z_.size(); ++l) {
    if (l == 0) {
      z_[0] = pre_activation(network_.layers[0], frame_.inputs);
    } else {
      z_[l] = pre_activation(
          network_.layers[l],
          post_activation(network_.layers[l - 1], z_[l - 1], digits_[l - 1].data()));
    }
  }
}

Walls walls_of(const Network& network, const Frame& frame, const Walker& walker) {
  std::vector<Row> rows = frame.rows;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    const Layer& layer = network.layers[l];
    for (int unit = 0; unit < layer.n_out; ++unit) {
      const int digit = walker.digits()[l][unit];
      if (digit > 0) rows.push_back(break_row(layer, unit, digit - 1, walker.z(l)));
      if (digit < n_breaks(layer, unit)) {
        rows.push_back(negated(break_row(layer, unit, digit, walker.z(l))));
      }
    }
  }
  Walls walls;
  walls.n_domain = static_cast<int>(frame.rows.size());
  walls.rows = distinct_rows(std::move(rows));
  return walls;
}

namespace {

/// True when the linear parts are parallel, a zero one included: all else cannot be a
/// multiple of the wall.  Most units fail at the first products.
bool may_follow(const Row& z, const Row& wall, std::size_t pivot) {
  for (std::size_t k = 1; k < z.size(); ++k) {
    if (k == pivot) continue;
    if (z[k] == 0 && (wall[k] == 0 || z[pivot] == 0)) continue;
    if (z[k] * wall[pivot] != z[pivot] * wall[k]) return false;
  }
  return true;
}

/// Piece of a unit beyond the wall, where its map is z + (change / wall[pivot]) wall.
std::uint8_t digit_beyond(const Layer& layer, int unit, std::uint8_t digit,
                          const AffineMap& z, const Integer& change, const Row& wall,
                          std::size_t pivot) {
  if (!may_follow(z.rows[unit], wall, pivot)) return digit;
  const int wall_sign = sign(wall[pivot]);
  for (int j = digit - 1; j <= digit; ++j) {
    if (j < 0 || j >= n_breaks(layer, unit)) continue;
    const Row distance = break_row(layer, unit, j, z);
    int factor = 0;
    const bool zero = is_constant(distance) && distance[0] == 0;
    if (!zero && !is_multiple(distance, wall, factor)) continue;
    // Beyond the wall the distance is factor * wall with wall < 0.
    const Integer beyond =
        distance[pivot] + (change << static_cast<unsigned>(layer.break_exponent));
    const bool above = sign(beyond) * wall_sign < 0;
    return static_cast<std::uint8_t>(above ? j + 1 : j);
  }
  return digit;
}

}  // namespace

Crossing cross(const Network& network, const Walker& walker, const Row& wall) {
  std::size_t pivot = 1;
  while (wall[pivot] == 0) ++pivot;
  Crossing result{walker.digits(), true};
  std::vector<Integer> change_h(network.n_inputs, 0);  // pivot entries of the changes
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const Layer& layer = network.layers[l];
    const AffineMap& z = walker.z(l);
    std::vector<Integer> next(layer.n_out, 0);
    for (int unit = 0; unit < layer.n_out; ++unit) {
      Integer change = 0;
      for (int k = 0; k < layer.n_in; ++k) {
        if (change_h[k] == 0) continue;
        change += layer.weight[static_cast<std::size_t>(unit) * layer.n_in + k] *
                  change_h[k];
      }
      if (l + 1 == network.layers.size() || layer.units.empty()) {
        next[unit] = change;
        continue;
      }
      const std::uint8_t digit = walker.digits()[l][unit];
      const std::uint8_t beyond =
          digit_beyond(layer, unit, digit, z, change, wall, pivot);
      result.digits[l][unit] = beyond;
      const auto& factors = layer.units[unit].factors;
      const Integer& entry = z.rows[unit][pivot];
      next[unit] = factors[beyond] * (entry + change) - factors[digit] * entry;
    }
    change_h = std::move(next);
  }
  for (const Integer& change : change_h) result.same_map &= change == 0;
  return result;
}

}  // namespace polyregions
