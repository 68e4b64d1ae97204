// SPDX-License-Identifier: MIT
#include "search.hpp"

#include <algorithm>
#include <utility>

namespace polyregions {

namespace {

bool cuts(const Layer& layer) {
  for (int unit = 0; unit < layer.n_out; ++unit) {
    if (n_breaks(layer, unit) > 0) return true;
  }
  return false;
}

template <class T>
void append(std::vector<T>& all, const std::vector<T>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

void add(Decisions& all, const Decisions& more) {
  all.constant += more.constant;
  all.combinatorial += more.combinatorial;
  all.filter += more.filter;
  all.point += more.point;
  all.support += more.support;
  all.exact += more.exact;
}

void add(Candidates& all, const Candidates& more) {
  const std::size_t shift = all.columns.size();
  append(all.patterns, more.patterns);
  for (const std::uint64_t first : more.first) all.first.push_back(first + shift);
  append(all.columns, more.columns);
  append(all.steps, more.steps);
  all.n_cells += more.n_cells;
}

void add(Enumeration& all, Enumeration more) {
  if (all.cells.n_cells == 0) {
    std::swap(all.cells, more.cells);
  } else if (more.cells.n_cells > 0) {
    append(all.cells.patterns, more.cells.patterns);
    append(all.cells.on_break, more.cells.on_break);
    append(all.cells.points, more.cells.points);
    all.cells.n_cells += more.cells.n_cells;
  }
  add(all.candidates, more.candidates);
  append(all.rest, more.rest);
  for (Fragment& fragment : more.fragments) {
    all.fragments.push_back(std::move(fragment));
  }
  for (std::size_t k = 0; k < more.per_layer.size(); ++k) {
    all.per_layer[k] += more.per_layer[k];
  }
  add(all.decisions, more.decisions);
}

/// Counts of layers that the search does not see.
void set_outer_layers(Enumeration& result, const Network& network,
                      const LayerSpan& span) {
  // The last cutting layer has the leaves; layers behind it repeat the count, and
  // layers before the first one cut nothing.
  std::size_t hidden = 0;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    if (!network.layers[l].hidden) continue;
    if (l >= span.last) result.per_layer[hidden] = result.n_regions;
    if (l < span.first) result.per_layer[hidden] = result.n_regions > 0 ? 1 : 0;
    ++hidden;
  }
}

}  // namespace

int first_cutting_layer(const Network& network) {
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    if (cuts(network.layers[l])) return static_cast<int>(l);
  }
  return -1;
}

int most_breaks(const Network& network) {
  int most = 0;
  for (const Layer& layer : network.layers) {
    for (int unit = 0; unit < layer.n_out; ++unit) {
      most = std::max(most, n_breaks(layer, unit));
    }
  }
  return most;
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

void Savepoint::restore(Enumeration& found, std::uint64_t& regions) const {
  Cells& cells = found.cells;
  cells.patterns.resize(n_cells * static_cast<std::size_t>(cells.n_words));
  cells.on_break.resize(n_cells * static_cast<std::size_t>(cells.n_flag_words));
  cells.points.resize(n_cells * static_cast<std::size_t>(cells.dim));
  cells.n_cells = n_cells;
  found.per_layer = per_layer;
  found.decisions = decisions;
  regions = n_regions;
}

void add_part(Enumeration& all, Enumeration part, const Problem& problem) {
  if (all.per_layer.empty()) all.per_layer.assign(part.per_layer.size(), 0);
  all.rest.clear();
  all.n_regions += part.n_regions;
  all.outcome = part.outcome;
  add(all, std::move(part));
  if (first_cutting_layer(problem.network) >= 0) {
    set_outer_layers(all, problem.network, layer_span(problem.network));
  }
}

Enumeration merged_parts(std::vector<Enumeration> parts,
                         const std::vector<Monitor>& monitors, const Network& network,
                         const LayerSpan& span) {
  Enumeration result;
  result.per_layer.assign(network.n_hidden(), 0);
  for (Enumeration& part : parts) add(result, std::exchange(part, {}));
  for (const Monitor& monitor : monitors) {
    result.n_regions += monitor.regions;
    if (result.outcome == Outcome::complete) result.outcome = monitor.outcome;
  }
  set_outer_layers(result, network, span);
  sort_cells(result.cells);
  return result;
}

}  // namespace polyregions
