// SPDX-License-Identifier: MIT
#include "rational_engine.hpp"

#include <optional>
#include <utility>

#include "polyhedron.hpp"
#include "tableau.hpp"
#include "trace.hpp"

namespace polyregions {

namespace {

/// Digits of a layer's units that are still possible: lo <= digit <= hi.
struct Ranges {
  std::vector<std::uint8_t> lo, hi;
};

class Search {
 public:
  Search(const Problem& problem, Monitor& monitor, bool store, Enumeration& result,
         Trace* trace)
      : problem_(problem),
        monitor_(monitor),
        store_(store),
        digits_(zero_digits(problem.network)),
        on_break_(problem.layout.n_columns(), 0),
        result_(result),
        trace_(trace) {}

  void run() {
    const Frame& frame = problem_.search;
    if (!frame.empty) {
      Tableau tableau(frame.dim);
      for (const Row& row : frame.rows) {
        tableau.restrict_to(row, next_id_++);
        path_.push_back(row);
      }
      enter_layer(0, 0, tableau, frame.inputs, 1.0);
    }
  }

  void run_below(Subtree node) {
    Tableau tableau(problem_.search.dim);
    for (const Row& row : node.rows) {
      if (!tableau.restrict_to(row, next_id_++)) return;
    }
    path_ = std::move(node.rows);
    digits_ = std::move(node.digits);
    on_break_ = std::move(node.on_break);
    AffineMap h = problem_.search.inputs;
    const auto& layers = problem_.network.layers;
    for (std::size_t l = 0; l < node.layer; ++l) {
      h = post_activation(layers[l], pre_activation(layers[l], h), digits_[l].data());
    }
    Ranges ranges{std::move(node.lo), std::move(node.hi)};
    const AffineMap z = pre_activation(layers[node.layer], h);
    decide_units(node.layer, node.hidden, 0, tableau, z, ranges, 0.0);
  }

 private:
  void enter_layer(std::size_t l, int hidden, Tableau& tableau, const AffineMap& h,
                   double share) {
    const auto& layers = problem_.network.layers;
    if (l + 1 == layers.size()) return leaf(tableau, share);
    const AffineMap z = pre_activation(layers[l], h);
    Ranges ranges;
    if (!layers[l].units.empty()) ranges = parent_ranges(l, tableau, z);
    decide_units(l, hidden, 0, tableau, z, ranges, share);
  }

  /// Decide on the whole cell what does not cut it: most units of deep layers.
  Ranges parent_ranges(std::size_t l, Tableau& tableau, const AffineMap& z) {
    const Layer& layer = problem_.network.layers[l];
    Ranges ranges{std::vector<std::uint8_t>(layer.n_out, 0), {}};
    if (trace_ != nullptr) trace_->begin_bulk();
    for (int unit = 0; unit < layer.n_out; ++unit) {
      ranges.hi.push_back(static_cast<std::uint8_t>(n_breaks(layer, unit)));
      set_flag(l, unit, false);
      for (int j = 0; j < ranges.hi[unit]; ++j) {
        const Side side = ask(tableau, break_row(layer, unit, j, z)).side;
        if (side != Side::both) {
          settle(l, unit, j, side, ranges, z);
        } else if (trace_ != nullptr) {
          trace_->leave_open();
        }
      }
    }
    if (trace_ != nullptr) trace_->end_bulk();
    return ranges;
  }

  /// The unit lies on one side of its break j on the whole cell.
  void settle(std::size_t l, int unit, int j, Side side, Ranges& ranges,
              const AffineMap& z) {
    if (side == Side::positive) {
      tell(l, unit, j, j + 1, z);
      ranges.lo[unit] = static_cast<std::uint8_t>(j + 1);
    } else {
      tell(l, unit, j, ranges.hi[unit], z);
      ranges.hi[unit] = static_cast<std::uint8_t>(j);
      if (side == Side::zero) set_flag(l, unit, true);
    }
  }

  /// Claim breaks [j, end) of a unit.
  void tell(std::size_t l, int unit, int j, int end, const AffineMap& z) {
    for (; trace_ != nullptr && j < end; ++j) {
      const Row row = break_row(problem_.network.layers[l], unit, j, z);
      trace_->claim_exactly({static_cast<int>(l), unit, j, 1}, &row);
    }
  }

  void decide_units(std::size_t l, int hidden, int unit, Tableau& tableau,
                    const AffineMap& z, Ranges& ranges, double share) {
    const Layer& layer = problem_.network.layers[l];
    for (; !layer.units.empty() && unit < layer.n_out; ++unit) {
      while (ranges.lo[unit] < ranges.hi[unit]) {
        if (!monitor_.goes_on()) return;
        const int j = ranges.lo[unit];
        const Row row = break_row(layer, unit, j, z);
        const Tableau::Test test = ask(tableau, row);
        if (test.side != Side::both) {
          settle(l, unit, j, test.side, ranges, z);
          continue;
        }
        const int column = tableau.commit(test, next_id_++);
        share /= 2;
        if (trace_ != nullptr) trace_->split({static_cast<int>(l), unit, j, 1}, &row);
        branch_below(l, hidden, unit, tableau, column, z, ranges, row, share);
        ranges.lo[unit] = static_cast<std::uint8_t>(j + 1);
        path_.push_back(row);
        if (trace_ != nullptr) trace_->turn();
        decide_units(l, hidden, unit, tableau, z, ranges, share);
        if (trace_ != nullptr) trace_->pop();
        path_.pop_back();
        return;
      }
      digits_[l][unit] = ranges.lo[unit];
    }
    leave_layer(l, hidden, tableau, z, share);
  }

  /// The child below the break: a copy, with the committed column turned round.
  void branch_below(std::size_t l, int hidden, int unit, const Tableau& tableau,
                    int column, const AffineMap& z, const Ranges& ranges,
                    const Row& row, double share) {
    Tableau below = tableau;
    below.flip(column);
    Ranges below_ranges = ranges;
    below_ranges.hi[unit] = below_ranges.lo[unit];
    tell(l, unit, ranges.lo[unit] + 1, ranges.hi[unit], z);
    path_.push_back(negated(row));
    decide_units(l, hidden, unit, below, z, below_ranges, share);
    path_.pop_back();
  }

  void leave_layer(std::size_t l, int hidden, Tableau& tableau, const AffineMap& z,
                   double share) {
    if (!monitor_.goes_on()) return;
    const Layer& layer = problem_.network.layers[l];
    if (layer.hidden) ++result_.per_layer[hidden];
    enter_layer(l + 1, hidden + layer.hidden, tableau,
                post_activation(layer, z, digits_[l].data()), share);
  }

  void leaf(const Tableau& tableau, double share) {
    if (!monitor_.takes_region(bytes_of(result_.cells))) return;
    monitor_.share += share;
    if (trace_ != nullptr) trace_->leaf({digits_, nullptr, nullptr, {}, nullptr});
    if (!store_) return;
    const RationalPoint point = simplest_point(path_, tableau.interior_point());
    std::vector<double> y;
    for (const Integer& value : point.numerators) {
      y.push_back(rounded_quotient(value, point.denominator));
    }
    append_cell(result_.cells, problem_, digits_, on_break_, y.data());
  }

  Tableau::Test ask(Tableau& tableau, const Row& row) {
    if (is_constant(row)) {
      ++result_.decisions.constant;
    } else {
      ++result_.decisions.exact;
    }
    return tableau.test(row);
  }

  void set_flag(std::size_t l, int unit, bool value) {
    const int column = problem_.layout.column_of[l][unit];
    if (column >= 0) on_break_[column] = value;
  }

  const Problem& problem_;
  Monitor& monitor_;
  const bool store_;
  Digits digits_;
  std::vector<std::uint8_t> on_break_;
  std::vector<Row> path_;  // rows > 0 of the cell
  int next_id_ = 0;
  Enumeration& result_;
  Trace* trace_;
};

/// Follows the first cell in canonical order near the point: functions that are not 0
/// there have its sign nearby, the others are homogeneous in v and cut a cone.
class LocalSearch {
 public:
  LocalSearch(const Network& network, const Frame& frame)
      : network_(network), digits_(zero_digits(network)), tableau_(frame.dim) {
    for (const Row& row : frame.rows) tableau_.restrict_to(row, next_id_++);
    AffineMap h = frame.inputs;
    for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
      const AffineMap z = pre_activation(network.layers[l], h);
      decide_units(l, z);
      h = post_activation(network.layers[l], z, digits_[l].data());
    }
  }

  Digits& digits() { return digits_; }

 private:
  void decide_units(std::size_t l, const AffineMap& z) {
    const Layer& layer = network_.layers[l];
    for (int unit = 0; !layer.units.empty() && unit < layer.n_out; ++unit) {
      int digit = 0;
      for (; digit < n_breaks(layer, unit); ++digit) {
        const Row row = break_row(layer, unit, digit, z);
        if (row[0].sign() > 0) continue;  // above this break, also nearby
        if (row[0].sign() < 0) break;
        const Tableau::Test test = tableau_.test(row);
        if (test.side == Side::positive) continue;
        if (test.side != Side::both) break;
        // Both sides are there: below is first in canonical order.
        tableau_.flip(tableau_.commit(test, next_id_++));
        break;
      }
      digits_[l][unit] = static_cast<std::uint8_t>(digit);
    }
  }

  const Network& network_;
  Digits digits_;
  Tableau tableau_;
  int next_id_ = 0;
};

}  // namespace

Enumeration enumerate_rational(const Problem& problem, Monitor& monitor, bool store,
                               bool traced, bool linear) {
  Enumeration result;
  result.per_layer.assign(problem.network.n_hidden(), 0);
  std::optional<Trace> trace;
  const Digits none = zero_digits(problem.network);
  ExactPath path(problem, none);  // rows come with the splits
  if (traced && !problem.search.empty) {
    trace.emplace(problem, path, linear);
    trace->begin(true);
  }
  Search(problem, monitor, store, result, trace ? &*trace : nullptr).run();
  if (trace) {
    trace->end({});
    result.fragments = trace->take();
  }
  finish(result, monitor);
  return result;
}

void continue_rational(const Problem& problem, Monitor& monitor, bool store,
                       Subtree node, Enumeration& result, Trace* trace) {
  // A question to exact integers takes as long as a thousand to floats.
  const unsigned stride = std::exchange(monitor.stride, 1);
  Search(problem, monitor, store, result, trace).run_below(std::move(node));
  monitor.stride = stride;
}

Digits first_cell_at_origin(const Network& network, const Frame& frame) {
  return std::move(LocalSearch(network, frame).digits());
}

}  // namespace polyregions
