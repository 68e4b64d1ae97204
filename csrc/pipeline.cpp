// SPDX-License-Identifier: MIT
#include "pipeline.hpp"

#include <utility>

#include "status.hpp"

namespace polyregions {

namespace {

constexpr int undecided = -1;

/// A region with the digits of the units that made it, layer by layer.
struct Tagged {
  Region region;
  std::vector<std::vector<int>> digits;  // undecided where no unit was asked
  std::vector<std::uint8_t> on_break;
};

class Pipeline {
 public:
  Pipeline(const Problem& problem, Decider& decider, Monitor& monitor, bool store)
      : problem_(problem), decider_(decider), monitor_(monitor), store_(store) {
    result_.per_layer.assign(problem.network.n_hidden(), 0);
  }

  Enumeration run(Form form) {
    const Frame& frame = problem_.search;
    if (!frame.empty) {
      auto whole = make_region(frame.dim, frame.rows, frame.inputs, decider_);
      if (!whole)
        throw Error(Status::internal, "a domain that is not empty has no point");
      Tagged start{std::move(*whole), {}, {}};
      for (const Layer& layer : layers()) {
        start.digits.emplace_back(layer.n_out, undecided);
      }
      start.on_break.assign(problem_.layout.n_columns(), 0);
      if (form == Form::pairwise) {
        enter_layer(0, 0, start, 1.0);
      } else {
        all_combinations(start);
      }
    }
    finish(result_, monitor_);
    result_.decisions = decider_.decisions();
    result_.decisions.combinatorial = disjoint_;
    sort_cells(result_.cells);
    return std::move(result_);
  }

 private:
  const std::vector<Layer>& layers() const { return problem_.network.layers; }

  /// Cut(Add(weighted sum of the region's list of values)) for one neuron.
  std::vector<Tagged> neuron(std::size_t l, int unit, const Tagged& cell) {
    const Layer& layer = layers()[l];
    const Integer scale = power_of_two(static_cast<unsigned>(layer.exponent));
    std::vector<Rational> coefficients;
    for (int k = 0; k < layer.n_in; ++k) {
      coefficients.push_back(
          {layer.weight[static_cast<std::size_t>(unit) * layer.n_in + k], scale});
    }
    const Region value =
        add(weighted(cell.region, coefficients), {layer.bias[unit], scale});
    std::vector<Tagged> out;
    for (Piece& piece : cut(value, layer, unit, decider_)) {
      Tagged next{std::move(piece.region), cell.digits, cell.on_break};
      next.digits[l][unit] = piece.digit;
      const int column = problem_.layout.column_of[l][unit];
      if (column >= 0) next.on_break[column] = piece.on_break;
      out.push_back(std::move(next));
    }
    return out;
  }

  /// Digits of both; false where they contradict each other, for then the interiors
  /// are disjoint.
  bool merged(const Tagged& a, const Tagged& b, Tagged& out) {
    out.digits = a.digits;
    out.on_break = a.on_break;
    for (std::size_t l = 0; l < b.digits.size(); ++l) {
      for (std::size_t unit = 0; unit < b.digits[l].size(); ++unit) {
        const int digit = b.digits[l][unit];
        if (digit == undecided) continue;
        int& own = out.digits[l][unit];
        if (own != undecided && own != digit) {
          ++disjoint_;
          return false;
        }
        own = digit;
      }
    }
    for (std::size_t c = 0; c < b.on_break.size(); ++c)
      out.on_break[c] |= b.on_break[c];
    return true;
  }

  // Pairwise: the cells of one layer inside one cell of the layer before.

  void enter_layer(std::size_t l, int hidden, const Tagged& cell, double share) {
    if (l + 1 == layers().size()) return leaf(cell, share);
    std::vector<Tagged> cells = neuron(l, 0, cell);
    for (int unit = 1; unit < layers()[l].n_out; ++unit) {
      if (!monitor_.goes_on()) return;
      cells = pairs(cells, neuron(l, unit, cell));
    }
    for (const Tagged& next : cells) {
      if (!monitor_.goes_on()) return;
      if (layers()[l].hidden) ++result_.per_layer[hidden];
      enter_layer(l + 1, hidden + layers()[l].hidden, next, share / cells.size());
    }
  }

  std::vector<Tagged> pairs(const std::vector<Tagged>& left,
                            const std::vector<Tagged>& right) {
    std::vector<Tagged> out;
    for (const Tagged& a : left) {
      for (const Tagged& b : right) {
        if (!monitor_.goes_on()) return out;
        Tagged both;
        if (!merged(a, b, both)) continue;
        // A neuron that does not cut the cell has the shape of the cell itself.
        const bool whole = right.size() == 1;
        if (whole) {
          both.region = a.region;
          both.region.values.rows.push_back(b.region.values.rows[0]);
        } else {
          auto region = intersect({&a.region, &b.region}, decider_);
          if (!region) continue;
          both.region = std::move(*region);
        }
        out.push_back(std::move(both));
      }
    }
    return out;
  }

  // As first described: all combinations of the regions of the neurons before.

  void all_combinations(const Tagged& start) {
    std::vector<Tagged> cells{start};
    int hidden = 0;
    for (std::size_t l = 0; l + 1 < layers().size(); ++l) {
      // The activation regions of each neuron of the layer.
      std::vector<std::vector<Tagged>> neurons(layers()[l].n_out);
      for (int unit = 0; unit < layers()[l].n_out; ++unit) {
        for (const Tagged& cell : cells) {
          if (!monitor_.goes_on()) return;
          for (Tagged& piece : neuron(l, unit, cell)) neurons[unit].push_back(piece);
        }
      }
      cells = combinations(neurons);
      if (!monitor_.goes_on()) return;
      if (layers()[l].hidden) result_.per_layer[hidden++] = cells.size();
    }
    for (const Tagged& cell : cells) {
      if (!monitor_.goes_on()) return;
      leaf(cell, 1.0 / static_cast<double>(cells.size()));
    }
  }

  /// Intersect over every combination of one region a neuron.
  std::vector<Tagged> combinations(const std::vector<std::vector<Tagged>>& neurons) {
    std::vector<Tagged> out;
    std::vector<const Tagged*> chosen;
    combine(neurons, chosen, Tagged{}, out);
    return out;
  }

  void combine(const std::vector<std::vector<Tagged>>& neurons,
               std::vector<const Tagged*>& chosen, const Tagged& so_far,
               std::vector<Tagged>& out) {
    if (!monitor_.goes_on()) return;
    if (chosen.size() == neurons.size()) {
      std::vector<const Region*> regions;
      for (const Tagged* c : chosen) regions.push_back(&c->region);
      auto region = intersect(regions, decider_);
      if (!region) return;
      out.push_back({std::move(*region), so_far.digits, so_far.on_break});
      return;
    }
    for (const Tagged& candidate : neurons[chosen.size()]) {
      Tagged both;
      if (chosen.empty()) {
        both = {Region{}, candidate.digits, candidate.on_break};
      } else if (!merged(so_far, candidate, both)) {
        continue;
      }
      chosen.push_back(&candidate);
      combine(neurons, chosen, both, out);
      chosen.pop_back();
    }
  }

  void leaf(const Tagged& cell, double share) {
    if (!monitor_.takes_region(bytes_of(result_.cells))) return;
    monitor_.share += share;
    if (!store_) return;
    Digits digits = zero_digits(problem_.network);
    for (const auto& c : problem_.layout.columns) {
      digits[c.layer][c.unit] = static_cast<std::uint8_t>(cell.digits[c.layer][c.unit]);
    }
    std::vector<double> y;
    for (const Integer& value : cell.region.point.numerators) {
      y.push_back(rounded_quotient(value, cell.region.point.denominator));
    }
    append_cell(result_.cells, problem_, digits, cell.on_break, y.data());
  }

  const Problem& problem_;
  Decider& decider_;
  Monitor& monitor_;
  const bool store_;
  std::uint64_t disjoint_ = 0;
  Enumeration result_;
};

}  // namespace

Enumeration enumerate_highs(const Problem& problem, Decider& decider, Form form,
                            Monitor& monitor, bool store) {
  return Pipeline(problem, decider, monitor, store).run(form);
}

}  // namespace polyregions
