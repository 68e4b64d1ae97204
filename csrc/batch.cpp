// SPDX-License-Identifier: MIT
#include "batch.hpp"

#include <algorithm>
#include <atomic>

#include "adjacency.hpp"
#include "candidates.hpp"
#include "cells.hpp"
#include "fast_engines.hpp"
#include "in_threads.hpp"
#include "merge.hpp"
#include "rational_engine.hpp"

namespace polyregions {

namespace {

std::int64_t n_labels(const std::vector<std::int64_t>& labels) {
  return labels.empty() ? 0 : *std::max_element(labels.begin(), labels.end()) + 1;
}

/// The engine that "auto" takes, and what it keeps: exact integers keep all cells.
Enumeration enumerate(const Problem& problem, const Wanted& wanted, Monitor& monitor,
                      Keep& keep) {
  Order order;
  order.keep = keep;
  if (!prefers_dictionary(problem, wanted.dictionary_rank)) {
    const VertexStart start = vertex_start(problem);
    if (start.applies) return fast_engines().vertex(problem, start, monitor, order);
  }
  const DictionaryStart start = dictionary_start(problem);
  if (start.applies) return fast_engines().dictionary(problem, start, monitor, order);
  keep = keep == Keep::nothing ? keep : Keep::cells;
  return enumerate_rational(problem, monitor, keep == Keep::cells);
}

/// The definitions that need the maps of all cells.
void count_by_maps(const Problem& problem, const Cells& cells, const Wanted& wanted,
                   Monitor& monitor, Counts& out) {
  const std::vector<std::int64_t> maps = map_labels(problem, cells, monitor);
  const std::int64_t n_maps = n_labels(maps);
  if (wanted.affine) out.affine = n_maps;
  if (!wanted.linear && !wanted.linear_closed) return;
  std::int64_t open = n_maps, closed = n_maps;
  if (n_maps < static_cast<std::int64_t>(cells.n_cells)) {
    const Adjacency pairs = find_adjacency(problem, cells, maps, true, monitor);
    const std::vector<std::int64_t> labels = open_components(cells.n_cells, pairs);
    open = n_labels(labels);
    if (wanted.linear_closed) {
      closed = n_labels(closed_components(problem, cells, labels, maps, monitor));
    }
  }
  if (wanted.linear) out.linear = open;
  if (wanted.linear_closed) out.linear_closed = closed;
}

/// What the threads of a batch share.
class Shop {
 public:
  Shop(const Batch& batch, const Frame& frame, const double* parameters, std::size_t n,
       Monitor& monitor, std::int64_t* out, std::uint8_t* outcomes)
      : batch_(batch),
        frame_(frame),
        parameters_(parameters),
        n_(n),
        monitor_(monitor),
        out_(out),
        outcomes_(outcomes) {
    std::fill_n(outcomes, n, not_counted);
  }

  void run() {
    const auto n = std::min<std::size_t>(n_, batch_.n_threads);
    run_in_threads(n, stopped_, [this](bool is_first) { work(is_first); });
    monitor_.regions = done_;
  }

 private:
  /// Take networks until there are none; the first thread is the caller's.
  void work(bool is_first) {
    Network network = batch_.shape;
    while (!stopped_) {
      if (is_first && !goes_on()) break;
      const std::size_t i = next_.fetch_add(1);
      if (i >= n_) break;
      fill(network, parameters_ + i * batch_.n_parameters());
      Monitor own;
      own.max_regions = batch_.max_regions;
      own.max_seconds = batch_.max_seconds;
      own.context = this;
      own.callback = is_first ? first_asks : asks;
      const Counts counts = count_network(network, frame_, batch_.wanted, own);
      if (counts.outcome == Outcome::interrupted) break;  // the batch was stopped
      write(counts, out_ + i * batch_.n_columns());
      outcomes_[i] = static_cast<std::uint8_t>(counts.outcome);
      ++done_;
    }
  }

  static void fill(Network& network, const double* values) {
    for (Layer& layer : network.layers) {
      const std::size_t size = static_cast<std::size_t>(layer.n_out) * layer.n_in;
      set_values(layer, values, values + size);
      values += size + static_cast<std::size_t>(layer.n_out);
    }
  }

  static void write(const Counts& counts, std::int64_t* out) {
    *out++ = counts.activation;
    *out++ = counts.linear;
    *out++ = counts.linear_closed;
    *out++ = counts.affine;
    std::copy(counts.per_layer.begin(), counts.per_layer.end(), out);
  }

  /// Ask the monitor of the batch.
  bool goes_on() {
    monitor_.regions = done_;
    monitor_.share = static_cast<double>(done_) / static_cast<double>(n_);
    if (monitor_.look()) return true;
    stopped_ = true;
    return false;
  }

  static int asks(void* self, std::uint64_t, double) {
    return static_cast<Shop*>(self)->stopped_ ? 1 : 0;
  }
  static int first_asks(void* self, std::uint64_t, double) {
    Shop& own = *static_cast<Shop*>(self);
    return !own.stopped_ && own.goes_on() ? 0 : 1;
  }

  const Batch& batch_;
  const Frame& frame_;
  const double* const parameters_;
  const std::size_t n_;
  Monitor& monitor_;
  std::int64_t* const out_;
  std::uint8_t* const outcomes_;
  std::atomic<std::size_t> next_{0}, done_{0};
  std::atomic<bool> stopped_{false};
};

}  // namespace

Counts count_network(const Network& network, const Frame& frame, const Wanted& wanted,
                     Monitor& monitor) {
  const Problem problem(network, frame);
  Keep keep = Keep::nothing;
  if (wanted.linear) keep = Keep::linear;
  if (wanted.linear_closed || wanted.affine) keep = Keep::cells;
  const Enumeration found = enumerate(problem, wanted, monitor, keep);
  Counts out;
  out.activation = static_cast<std::int64_t>(found.n_regions);
  out.per_layer.assign(found.per_layer.begin(), found.per_layer.end());
  out.outcome = found.outcome;
  if (found.outcome != Outcome::complete) return out;
  if (keep == Keep::linear) {
    out.linear = static_cast<std::int64_t>(count_linear(problem, found, monitor));
  } else if (keep == Keep::cells) {
    count_by_maps(problem, found.cells, wanted, monitor, out);
  }
  out.outcome = monitor.outcome;
  return out;
}

std::size_t Batch::n_parameters() const {
  std::size_t n = 0;
  for (const Layer& layer : shape.layers) {
    n += static_cast<std::size_t>(layer.n_out) * (layer.n_in + 1);
  }
  return n;
}

std::size_t Batch::n_columns() const {
  return 4 + static_cast<std::size_t>(shape.n_hidden());
}

void count_batch(const Batch& batch, const Frame& frame, const double* parameters,
                 std::size_t n, Monitor& monitor, std::int64_t* out,
                 std::uint8_t* outcomes) {
  if (n == 0) return;
  Shop(batch, frame, parameters, n, monitor, out, outcomes).run();
}

}  // namespace polyregions
