// SPDX-License-Identifier: MIT
#include "walk.hpp"

#include <unordered_map>

#include "polyhedron.hpp"
#include "residues.hpp"

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

namespace {

/// Marks the walls at which one unit alone changes: no other unit has a parallel map,
/// and none that comes later is identically on a breakpoint.
void mark_alone(const Network& network, const Walker& walker, Walls& walls) {
  std::unordered_map<std::uint64_t, int> units;  // by direction
  int last_on_break = -1;                        // layer
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    const Layer& layer = network.layers[l];
    for (int unit = 0; unit < layer.n_out; ++unit) {
      if (n_breaks(layer, unit) == 0) continue;
      const Row& z = walker.z(l).rows[unit];
      if (!is_constant(z)) {
        ++units[direction_key(z, 1)];
        continue;
      }
      const int digit = walker.digits()[l][unit];
      if (digit < n_breaks(layer, unit) &&
          break_row(layer, unit, digit, walker.z(l))[0] == 0) {
        last_on_break = static_cast<int>(l);
      }
    }
  }
  for (std::size_t w = walls.n_domain; w < walls.rows.size(); ++w) {
    Walls::Source& source = walls.sources[w];
    // Key 0 is no key: it would be shared with nothing that is parallel.
    const std::uint64_t key = direction_key(walls.rows[w], 1);
    const auto zero = units.find(0);
    source.alone = key != 0 && zero == units.end() && units[key] == 1 &&
                   last_on_break <= source.layer;
  }
}

}  // namespace

Walls walls_of(const Network& network, const Frame& frame, const Walker& walker) {
  std::vector<Row> rows = frame.rows;
  std::vector<Walls::Source> sources(rows.size());
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    const Layer& layer = network.layers[l];
    for (int unit = 0; unit < layer.n_out; ++unit) {
      const int digit = walker.digits()[l][unit];
      const int at = static_cast<int>(l);
      if (digit > 0) {
        rows.push_back(break_row(layer, unit, digit - 1, walker.z(l)));
        sources.push_back({at, unit, digit - 1, false});
      }
      if (digit < n_breaks(layer, unit)) {
        rows.push_back(negated(break_row(layer, unit, digit, walker.z(l))));
        sources.push_back({at, unit, digit + 1, false});
      }
    }
  }
  Walls walls;
  walls.n_domain = static_cast<int>(frame.rows.size());
  std::vector<int> kept;
  walls.rows = distinct_rows(std::move(rows), &kept);
  for (const int i : kept) walls.sources.push_back(sources[i]);
  mark_alone(network, walker, walls);
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

Digits cross(const Network& network, const Walker& walker, const Walls& walls,
             std::size_t index) {
  Digits digits = walker.digits();
  const Walls::Source& source = walls.sources[index];
  if (source.alone) {
    digits[source.layer][source.unit] = static_cast<std::uint8_t>(source.beyond);
    return digits;
  }
  const Row& wall = walls.rows[index];
  std::size_t pivot = 1;
  while (wall[pivot] == 0) ++pivot;
  // The wall's source is the first unit that it belongs to: nothing changes before.
  const auto first = static_cast<std::size_t>(source.layer);
  std::vector<Integer> change_h(network.layers[first].n_in, 0);  // at the pivot
  for (std::size_t l = first; l + 1 < network.layers.size(); ++l) {
    const Layer& layer = network.layers[l];
    const AffineMap& z = walker.z(l);
    std::vector<Integer> next(layer.n_out, 0);
    for (int unit = 0; unit < layer.n_out; ++unit) {
      Integer change = 0;
      for (int k = 0; k < layer.n_in; ++k) {
        if (change_h[k] == 0) continue;
        change +=
            layer.weight[static_cast<std::size_t>(unit) * layer.n_in + k] * change_h[k];
      }
      if (layer.units.empty()) {
        next[unit] = change;
        continue;
      }
      const std::uint8_t digit = walker.digits()[l][unit];
      const std::uint8_t beyond =
          digit_beyond(layer, unit, digit, z, change, wall, pivot);
      digits[l][unit] = beyond;
      const auto& factors = layer.units[unit].factors;
      const Integer& entry = z.rows[unit][pivot];
      next[unit] = factors[beyond] * (entry + change) - factors[digit] * entry;
    }
    change_h = std::move(next);
  }
  return digits;
}

}  // namespace polyregions
