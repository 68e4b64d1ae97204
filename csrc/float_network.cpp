// SPDX-License-Identifier: MIT
#include "float_network.hpp"

#include <algorithm>
#include <cmath>

namespace polyregions {

namespace {

constexpr int lanes = 8;

FloatUnit float_unit(const Activation& unit, const Integer& slope_scale) {
  FloatUnit out;
  out.breaks = unit.breakpoints;
  out.slopes = unit.slopes;
  for (const Integer& offset : unit.offsets) {
    double radius = 0.0;
    out.offsets.push_back(rounded_with_radius(offset, slope_scale, radius));
    out.offset_radii.push_back(radius);
  }
  return out;
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
    const Integer slope_scale =
        power_of_two(static_cast<unsigned>(layer.slope_exponent));
    for (const Activation& unit : layer.units) {
      f.units.push_back(float_unit(unit, slope_scale));
      f.cuts = f.cuts || !unit.breakpoints.empty();
    }
    f.plain = !layer.units.empty();
    for (const FloatUnit& unit : f.units) {
      f.most_digits.push_back(static_cast<std::uint8_t>(unit.breaks.size()));
      f.plain = f.plain && unit.breaks.size() == 1 && unit.breaks[0] == 0.0;
    }
    if (f.units.empty()) f.most_digits.assign(f.n_out, 0);
    for (int unit = 0; unit < f.n_out; ++unit) {
      f.first_slope.push_back(static_cast<int>(f.slopes.size()));
      const std::vector<double> one{1.0};
      const std::vector<double>& own = f.units.empty() ? one : f.units[unit].slopes;
      f.slopes.insert(f.slopes.end(), own.begin(), own.end());
    }
    out.layers.push_back(std::move(f));
  }
  return out;
}

}  // namespace polyregions
