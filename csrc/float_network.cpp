// SPDX-License-Identifier: MIT
#include "float_network.hpp"

#include <algorithm>
#include <cmath>

namespace polyregions {

namespace {

constexpr int lanes = 8;

/// After the columns and the bias are there.
void measure_weights(FloatLayer& f) {
  f.rounding = (f.n_in + 8) * unit_roundoff;
  f.zeros.assign(f.stride, 0.0);
  f.bias_radii = f.largest_weights = f.zeros;
  for (int i = 0; i < f.n_out; ++i) {
    f.bias_radii[i] = f.rounding * std::fabs(f.bias[i]);
    for (int k = 0; k < f.n_in; ++k) {
      const double weight = f.columns[static_cast<std::size_t>(k) * f.stride + i];
      f.largest_weights[i] = std::fmax(f.largest_weights[i], std::fabs(weight));
    }
  }
}

/// Breaks and pieces of all units; a layer without activations has identities.
void add_units(FloatLayer& f, const Layer& layer) {
  const Integer scale = power_of_two(static_cast<unsigned>(layer.slope_exponent));
  f.breaks.resize(layer.n_out);
  f.plain = !layer.units.empty();
  for (int i = 0; i < layer.n_out; ++i) {
    f.first_piece.push_back(static_cast<int>(f.pieces.size()));
    if (layer.units.empty()) {
      f.pieces.emplace_back();
    } else {
      const Activation& unit = layer.units[i];
      f.breaks[i] = unit.breakpoints;
      for (std::size_t j = 0; j < unit.slopes.size(); ++j) {
        FloatPiece piece;
        piece.slope = unit.slopes[j];
        piece.offset = rounded_with_radius(unit.offsets[j], scale, piece.offset_radius);
        f.pieces.push_back(piece);
      }
    }
    const std::vector<double>& breaks = f.breaks[i];
    f.most_digits.push_back(static_cast<std::uint8_t>(breaks.size()));
    f.cuts = f.cuts || !breaks.empty();
    f.plain = f.plain && breaks.size() == 1 && breaks[0] == 0.0;
  }
  f.most_digits.resize(f.stride, 0);
}

/// After the units are there.
void note_plain_pieces(FloatLayer& f) {
  for (int digit = 0; digit < 2; ++digit) {
    f.slopes[digit].assign(f.stride, 0.0);
    f.loud[digit].assign((static_cast<std::size_t>(f.n_out) + 63) / 64, 0);
    for (int unit = 0; unit < f.n_out; ++unit) {
      const bool loud = !f.piece(unit, digit).is_zero();
      f.slopes[digit][unit] = f.slope(unit, digit);
      f.loud[digit][unit / 64] |= std::uint64_t{loud} << (unit % 64);
    }
  }
}

}  // namespace

double rounded_with_radius(const Integer& numerator, const Integer& scale,
                           double& radius) {
  const double value = rounded_quotient(numerator, scale);
  radius = 0.0;
  if (!std::isfinite(value)) return value;
  const int exponent = dyadic_exponent(value);
  const Integer back = dyadic_integer(value, exponent) * scale;
  if (back == numerator << static_cast<unsigned>(exponent)) return value;
  // rounded_quotient is right to an ulp or two; a subnormal result to 2^-1073.
  radius = 4 * unit_roundoff * std::fabs(value) + 0x1p-1070;
  return value;
}

FloatRow scaled_floats(const Row& row) {
  FloatRow out{std::vector<double>(row.size()), 0x1p-50, 1.0};
  scaled_doubles(row, out.values.data());  // each right to 2^-51
  return out;
}

FloatRow rounded_floats(const Row& numerators, const Integer& scale) {
  FloatRow out;
  for (const Integer& numerator : numerators) {
    double radius = 0.0;
    out.values.push_back(rounded_with_radius(numerator, scale, radius));
    out.radius = std::fmax(out.radius, radius);
    out.most = std::fmax(out.most, std::fabs(out.values.back()));
  }
  return out;
}

FloatNetwork float_network(const Network& network) {
  FloatNetwork out;
  for (const Layer& layer : network.layers) {
    FloatLayer f;
    f.n_in = layer.n_in;
    f.n_out = layer.n_out;
    f.stride = (layer.n_out + lanes - 1) / lanes * lanes;
    f.columns.assign(static_cast<std::size_t>(f.n_in) * f.stride, 0.0);
    f.bias.assign(f.stride, 0.0);
    std::copy(layer.bias_values.begin(), layer.bias_values.end(), f.bias.begin());
    for (int i = 0; i < f.n_out; ++i) {
      for (int k = 0; k < f.n_in; ++k) {
        f.columns[static_cast<std::size_t>(k) * f.stride + i] =
            layer.weight_values[static_cast<std::size_t>(i) * f.n_in + k];
      }
    }
    measure_weights(f);
    add_units(f, layer);
    if (f.plain) note_plain_pieces(f);
    out.layers.push_back(std::move(f));
  }
  return out;
}

}  // namespace polyregions
