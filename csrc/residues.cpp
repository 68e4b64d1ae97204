// SPDX-License-Identifier: MIT
#include "residues.hpp"

#include <random>

namespace polyregions {

namespace mod {

std::uint64_t inverse(std::uint64_t value) {
  // Extended Euclid.
  std::int64_t a = 0, b = 1;
  std::uint64_t r = prime, s = value;
  while (s != 0) {
    const std::uint64_t q = r / s;
    const std::int64_t c = a - static_cast<std::int64_t>(q) * b;
    a = b;
    b = c;
    const std::uint64_t t = r - q * s;
    r = s;
    s = t;
  }
  return static_cast<std::uint64_t>(a < 0 ? a + static_cast<std::int64_t>(prime) : a);
}

std::uint64_t residue(const Integer& value) {
  const Integer magnitude = abs(value);
  const auto rest = static_cast<std::uint64_t>(magnitude % prime);
  return value.sign() < 0 && rest != 0 ? prime - rest : rest;
}

}  // namespace mod

std::uint64_t direction_key(const Row& row, std::size_t first) {
  std::size_t pivot = 1;
  while (pivot < row.size() && row[pivot] == 0) ++pivot;
  if (pivot == row.size()) return 0;
  const std::uint64_t lead = mod::residue(row[pivot]);
  if (lead == 0) return 0;
  std::uint64_t sum = 0, weight = 0x123456789abcdefULL;
  for (std::size_t k = first; k < row.size(); ++k) {
    weight = mod::times(weight, 0x9e3779b97f4a7c1ULL);
    if (row[k] != 0) sum = mod::plus(sum, mod::times(weight, mod::residue(row[k])));
  }
  return mod::times(sum, mod::inverse(lead)) * 64 + pivot % 64;
}

namespace {

/// 2^-exponent.
std::uint64_t half_power(int exponent) {
  return mod::inverse(mod::residue(power_of_two(static_cast<unsigned>(exponent))));
}

}  // namespace

MapResidues::MapResidues(const Network& network, const Frame& frame)
    : z_(network.layers.size()), h_(network.layers.size()) {
  std::mt19937_64 stream(20220723);  // any fixed point does
  const auto draw = [&] { return stream() % mod::prime; };
  for (const Layer& layer : network.layers) {
    ResidueLayer out;
    out.n_in = layer.n_in;
    out.n_out = layer.n_out;
    const std::uint64_t unit = half_power(layer.exponent);
    for (int k = 0; k < layer.n_in; ++k) {
      for (int i = 0; i < layer.n_out; ++i) {
        const Integer& w = layer.weight[static_cast<std::size_t>(i) * layer.n_in + k];
        out.columns.push_back(mod::times(mod::residue(w), unit));
      }
    }
    const std::uint64_t slope_unit = half_power(layer.slope_exponent);
    for (const Activation& act : layer.units) {
      out.slopes.emplace_back();
      out.offsets.emplace_back();
      for (const Integer& f : act.factors) {
        out.slopes.back().push_back(mod::times(mod::residue(f), slope_unit));
      }
      for (const Integer& o : act.offsets) {
        out.offsets.back().push_back(mod::times(mod::residue(o), slope_unit));
      }
    }
    layers_.push_back(std::move(out));
  }
  std::vector<std::uint64_t> y;
  for (int k = 0; k < frame.dim; ++k) y.push_back(draw());
  const std::uint64_t scale = mod::inverse(mod::residue(frame.inputs.scale));
  // All later changes are summed on top of the first layer at the point, and of the
  // biases behind it.
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = network.layers[l];
    const std::uint64_t unit = half_power(layer.exponent);
    for (const Integer& b : layer.bias) {
      z_[l].push_back(mod::times(mod::residue(b), unit));
    }
    h_[l].assign(layer.n_out, 0);
  }
  for (std::size_t k = 0; k < frame.inputs.rows.size(); ++k) {
    const Row& row = frame.inputs.rows[k];
    std::uint64_t x = mod::residue(row[0]);
    for (int j = 0; j < frame.dim; ++j) {
      x = mod::plus(x, mod::times(mod::residue(row[j + 1]), y[j]));
    }
    x = mod::times(x, scale);
    for (int i = 0; i < layers_[0].n_out; ++i) {
      z_[0][i] = mod::plus(z_[0][i],
                           mod::times(layers_[0].columns[k * layers_[0].n_out + i], x));
    }
  }
  for (int i = 0; i < layers_.back().n_out; ++i) mixing_.push_back(draw());
}

std::uint64_t MapResidues::of(const Digits& digits) {
  for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
    const ResidueLayer& layer = layers_[l];
    const ResidueLayer& after = layers_[l + 1];
    for (int unit = 0; unit < layer.n_out; ++unit) {
      std::uint64_t h = z_[l][unit];
      if (!layer.slopes.empty()) {
        const int digit = digits[l][unit];
        h = mod::plus(mod::times(layer.slopes[unit][digit], h),
                      layer.offsets[unit][digit]);
      }
      if (h == h_[l][unit]) continue;
      const std::uint64_t change = mod::minus(h, h_[l][unit]);
      h_[l][unit] = h;
      const std::uint64_t* column =
          after.columns.data() + static_cast<std::size_t>(unit) * after.n_out;
      std::uint64_t* z = z_[l + 1].data();
      for (int i = 0; i < after.n_out; ++i) {
        z[i] = mod::plus(z[i], mod::times(column[i], change));
      }
    }
  }
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < mixing_.size(); ++i) {
    total = mod::plus(total, mod::times(mixing_[i], z_.back()[i]));
  }
  return total;
}

}  // namespace polyregions
