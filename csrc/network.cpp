// SPDX-License-Identifier: MIT
#include "network.hpp"

#include <algorithm>

#include "status.hpp"

namespace polyregions {

namespace {

/// Exponents that make every break, slope and offset of the layer an integer.
void scale_activations(Layer& layer) {
  for (const Activation& unit : layer.units) {
    for (double t : unit.breakpoints) {
      layer.break_exponent = std::max(layer.break_exponent, dyadic_exponent(t));
    }
    int slope = 0;
    for (double s : unit.slopes) slope = std::max(slope, dyadic_exponent(s));
    // Offsets are sums of slope * break products and the anchor.
    int offset = dyadic_exponent(unit.anchor);
    for (double t : unit.breakpoints)
      offset = std::max(offset, slope + dyadic_exponent(t));
    layer.slope_exponent = std::max({layer.slope_exponent, slope, offset});
  }
  for (Activation& unit : layer.units) {
    const std::size_t k = unit.breakpoints.size();
    for (double t : unit.breakpoints) {
      unit.breaks.push_back(dyadic_integer(t, layer.break_exponent));
    }
    for (double s : unit.slopes) {
      unit.factors.push_back(dyadic_integer(s, layer.slope_exponent));
    }
    // o_0 = anchor - s_0 t_1 and, by continuity, o_j = o_{j-1} + (s_{j-1} - s_j) t_j.
    const unsigned shift = static_cast<unsigned>(layer.break_exponent);
    Integer offset = dyadic_integer(unit.anchor, layer.slope_exponent) << shift;
    if (k > 0) offset -= unit.factors[0] * unit.breaks[0];
    for (std::size_t j = 0;; ++j) {
      const Integer whole =
          offset.sign() < 0 ? Integer(-((-offset) >> shift)) : Integer(offset >> shift);
      unit.offsets.push_back(whole);
      if (j == k) break;
      offset += (unit.factors[j] - unit.factors[j + 1]) * unit.breaks[j];
    }
  }
}

}  // namespace

int Network::n_hidden() const {
  return static_cast<int>(std::count_if(layers.begin(), layers.end(),
                                        [](const Layer& l) { return l.hidden; }));
}

void add_layer(Network& network, const double* weight, const double* bias, int n_out,
               int n_in, bool hidden, std::vector<Activation> units) {
  const int expected =
      network.layers.empty() ? network.n_inputs : network.layers.back().n_out;
  if (n_in != expected || n_out < 1) {
    throw Error(Status::invalid_network, "a layer's shape does not fit the one before");
  }
  Layer layer;
  layer.n_in = n_in;
  layer.n_out = n_out;
  layer.hidden = hidden;
  layer.units = std::move(units);
  set_values(layer, weight, bias);
  scale_activations(layer);
  network.layers.push_back(std::move(layer));
}

void set_values(Layer& layer, const double* weight, const double* bias) {
  const std::size_t size = static_cast<std::size_t>(layer.n_out) * layer.n_in;
  layer.weight_values.assign(weight, weight + size);
  layer.bias_values.assign(bias, bias + layer.n_out);
  layer.exponent = 0;
  for (const std::vector<double>* values : {&layer.weight_values, &layer.bias_values}) {
    for (const double v : *values) {
      layer.exponent = std::max(layer.exponent, dyadic_exponent(v));
    }
  }
  layer.weight.clear();
  for (const double v : layer.weight_values) {
    layer.weight.push_back(dyadic_integer(v, layer.exponent));
  }
  layer.bias.clear();
  for (const double v : layer.bias_values) {
    layer.bias.push_back(dyadic_integer(v, layer.exponent));
  }
}

AffineMap pre_activation(const Layer& layer, const AffineMap& h) {
  AffineMap z;
  z.scale = h.scale << static_cast<unsigned>(layer.exponent);
  z.rows.resize(layer.n_out);
  const std::size_t width = h.rows.empty() ? 1 : h.rows[0].size();
  for (int i = 0; i < layer.n_out; ++i) {
    Row& row = z.rows[i];
    row.assign(width, 0);
    row[0] = layer.bias[i] * h.scale;
    for (int k = 0; k < layer.n_in; ++k) {
      add_multiple(row, layer.weight[static_cast<std::size_t>(i) * layer.n_in + k],
                   h.rows[k]);
    }
  }
  return z;
}

Row break_row(const Layer& layer, int unit, int j, const AffineMap& z) {
  Row row = z.rows[unit];
  const Integer& level = layer.units[unit].breaks[j];
  if (layer.break_exponent > 0) {
    for (Integer& value : row) value <<= static_cast<unsigned>(layer.break_exponent);
  }
  if (level != 0) row[0] -= level * z.scale;
  return row;
}

Row unit_output(const Layer& layer, int unit, int digit, const Row& z,
                const Integer& z_scale) {
  if (layer.units.empty()) return z;
  const Activation& act = layer.units[unit];
  const Integer& factor = act.factors[digit];
  Row out(z.size(), 0);
  for (std::size_t k = 0; factor != 0 && k < z.size(); ++k) {
    if (z[k] != 0) out[k] = factor * z[k];
  }
  if (act.offsets[digit] != 0) out[0] += act.offsets[digit] * z_scale;
  return out;
}

Integer activation_scale(const Layer& layer, const Integer& z_scale) {
  return layer.units.empty() ? z_scale
                             : z_scale << static_cast<unsigned>(layer.slope_exponent);
}

AffineMap post_activation(const Layer& layer, const AffineMap& z,
                          const std::uint8_t* digits) {
  AffineMap h;
  h.scale = activation_scale(layer, z.scale);
  h.rows.reserve(z.rows.size());
  for (int unit = 0; unit < layer.n_out; ++unit) {
    h.rows.push_back(unit_output(layer, unit, digits[unit], z.rows[unit], z.scale));
  }
  return h;
}

}  // namespace polyregions
