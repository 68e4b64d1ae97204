// SPDX-License-Identifier: MIT
#include "search.hpp"

namespace polyregions {

namespace {

bool cuts(const Layer& layer) {
  for (int unit = 0; unit < layer.n_out; ++unit) {
    if (n_breaks(layer, unit) > 0) return true;
  }
  return false;
}

}  // namespace

Pending all_digits(const FloatLayer& layer) {
  Pending pending;
  pending.lo.assign(layer.n_out, 0);
  pending.hi.assign(layer.n_out, 0);
  for (int unit = 0; unit < layer.n_out && !layer.units.empty(); ++unit) {
    pending.hi[unit] = static_cast<std::uint8_t>(layer.units[unit].breaks.size());
  }
  return pending;
}

int first_cutting_layer(const Network& network) {
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    if (cuts(network.layers[l])) return static_cast<int>(l);
  }
  return -1;
}

LayerSpan layer_span(const Network& network) {
  LayerSpan span;
  span.first = static_cast<std::size_t>(first_cutting_layer(network));
  span.last = network.layers.size() - 2;
  while (!cuts(network.layers[span.last])) --span.last;
  for (std::size_t l = 0; l < span.first; ++l) {
    span.hidden_before += network.layers[l].hidden;
  }
  return span;
}

void finish_search(Enumeration& result, const Monitor& monitor, const Network& network,
                   const LayerSpan& span) {
  finish(result, monitor);
  // The last cutting layer has the leaves; layers behind it repeat the count, and
  // layers before the first one cut nothing.
  std::size_t hidden = 0;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    if (!network.layers[l].hidden) continue;
    if (l >= span.last) result.per_layer[hidden] = result.n_regions;
    if (l < span.first) result.per_layer[hidden] = result.n_regions > 0 ? 1 : 0;
    ++hidden;
  }
  sort_cells(result.cells);
}

}  // namespace polyregions
