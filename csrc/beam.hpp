// SPDX-License-Identifier: MIT
// One run of the stochastic enumeration of a network's cells (Vaisman, Rubinstein
// 2014): a beam of nodes goes through the split tree, level by level, and estimates how
// many leaves it has.
//
// Every node has a weight, at the start 1.  Where a level has more nodes than the beam
// is wide, node i is kept with a probability p_i, by systematic sampling in the order
// of the tree, and its weight is divided by p_i: so the sum of all weights keeps its
// expectation whatever the p_i, and at the end that is the number of leaves.  They are
// proportional to w_i h_i^0.6, h_i = sum_{k <= d} C(m_i, k), m_i hyperplanes of the
// layer being those that still cut the node: near to what minimises the variance
// (exponents from 0.5 to 0.7 did, on networks of 10^5 to 10^17 regions).
//
// On all of R^d and in a box, where the first layer's n hyperplanes are in general
// position, the beam starts from cells of theirs that are exactly uniform
// (uniform_cells.hpp).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "beam_cell.hpp"
#include "estimate.hpp"
#include "isa.hpp"
#include "random_stream.hpp"
#include "uniform_cells.hpp"

namespace polyregions::POLYREGIONS_ISA {

constexpr double score_exponent = 0.6;

class Beam {
 public:
  using Node = std::unique_ptr<BeamCell>;

  /// `goes_on`: asked before every node; a run that was stopped says nothing.
  Beam(const BeamPlan& plan, const BeamOrder& order, const std::uint64_t* seed,
       std::function<bool()> goes_on)
      : plan_(plan), order_(order), random_(seed), goes_on_(std::move(goes_on)) {
    int most = 0;
    for (const FloatLayer& layer : plan.floats.layers) {
      most = std::max(
          most, std::accumulate(layer.most_digits.begin(), layer.most_digits.end(), 0));
    }
    for (int m = 0; m <= most; ++m) log_scores_.push_back(log_score(m));
  }

  BeamRun run() {
    entered_ = plan_.span.first;
    start();
    for (std::size_t l = entered_; l <= plan_.span.last; ++l) {
      for (Node& node : nodes_) {
        if (!goes_on_()) return {};
        if (l != entered_) node->enter_layer(l);
        if (l != entered_ || !starts_uniformly()) node->probe(g_);
      }
      while (split_all()) thin();
      if (stopped_) return {};
      if (l == plan_.span.first && !starts_uniformly()) {
        out_.log_first = std::log(total()) + log_scale_;
      }
    }
    return sum();
  }

 private:
  bool starts_uniformly() const { return order_.n_drawn > 0; }

  void start() {
    if (starts_uniformly()) return start_uniformly();
    const auto n = static_cast<int>(plan_.start.n_units());
    const double log_starts = n * std::log(2.0);
    const bool all = n < 31 && (1 << n) <= order_.width;
    const int n_nodes = all ? 1 << n : order_.width;
    const double offset = all ? 0.0 : random_.uniform();
    if (!all) log_scale_ = log_starts - std::log(n_nodes);
    std::vector<std::uint8_t> sides(static_cast<std::size_t>(n));
    for (int i = 0; i < n_nodes; ++i) {
      // Binary digits of a number in [0, 1): systematic in the first of them.
      double at = (i + offset) / n_nodes;
      for (int k = 0; k < n; ++k) {
        at = k < 48 ? 2.0 * at : 2.0 * random_.uniform();
        sides[k] = at >= 1.0;
        at -= sides[k];
      }
      nodes_.push_back(std::make_unique<BeamCell>(plan_, scratch_, sides));
    }
  }

  /// Nodes at the start of the second layer that cuts, or of the first where that is
  /// the only one: chosen, like those of any level, among several times as many that
  /// are looked at and forgotten, for cells differ most in what is below them here.
  void start_uniformly() {
    log_scale_ = order_.log_candidates - std::log(order_.n_drawn);
    for (int unit = 0; unit < first_layer().n_out; ++unit) {
      if (first_layer().most_digits[unit] != 0) units_.push_back(unit);
    }
    UniformCells cells(plan_.dim, hyperplanes(), box(), random_);
    std::vector<std::vector<std::uint8_t>> drawn;
    std::vector<std::pair<int, int>> by_open;  // hyperplanes that cut it, which
    std::vector<std::uint8_t> signs;
    for (int i = 0; i < order_.n_drawn && goes_on_(); ++i) {
      const UniformCells::Draw draw = cells.draw(order_.log_candidates, signs);
      out_.n_failures += draw == UniformCells::Draw::failed;
      if (draw != UniformCells::Draw::cell) continue;
      by_open.emplace_back(uniform_cell(signs)->n_open, by_open.size());
      drawn.push_back(signs);
    }
    out_.log_first = std::log(drawn.size()) + log_scale_;
    std::sort(by_open.begin(), by_open.end());
    scores_.clear();
    for (const auto& [n_open, which] : by_open) {
      scores_.push_back(std::exp(log_scores_[n_open] - log_scores_.back()));
    }
    const auto width = std::min<std::size_t>(order_.width, scores_.size());
    choose(width, [&](std::size_t i, double chance) {
      nodes_.push_back(uniform_cell(drawn[by_open[i].second]));
      nodes_.back()->weight = 1.0 / chance;
    });
  }

  /// The cell of the first layer with these signs, at the start of the next.
  Node uniform_cell(const std::vector<std::uint8_t>& signs) {
    std::vector<std::uint8_t> sides;
    for (std::size_t k = 0; k < plan_.start.n_units(); ++k) {
      const int unit = plan_.start.walls[plan_.start.n_domain + k].wall.unit;
      const auto at = std::lower_bound(units_.begin(), units_.end(), unit);
      sides.push_back(signs[at - units_.begin()]);
    }
    Node node = std::make_unique<BeamCell>(plan_, scratch_, sides);
    for (std::size_t i = 0; i < units_.size(); ++i) {
      const int unit = units_[i];
      if (node->is_decided(unit)) continue;
      if (node->cut(unit, 0, g_)) node->take(signs[i] != 0);
      // A hyperplane that does not cut it must lie where the drawn cell has it.
      node->failed = node->failed || node->is_above(unit) != (signs[i] != 0);
    }
    for (std::size_t l = plan_.span.first + 1; l <= plan_.span.last; ++l) {
      node->enter_layer(l);
      entered_ = l;
      if (plan_.floats.layers[l].cuts) break;
    }
    node->probe(g_);
    return node;
  }

  const FloatLayer& first_layer() const {
    return plan_.floats.layers[plan_.span.first];
  }

  /// (units that cut, dim + 1): the first layer's.
  std::vector<double> hyperplanes() const {
    std::vector<double> rows;
    for (const int unit : units_) {
      for (int k = 0; k <= plan_.dim; ++k) {
        const double* const own = plan_.first->values.data() + k * first_layer().stride;
        rows.push_back(own[unit] - (k == 0 ? first_layer().breaks[unit][0] : 0.0));
      }
    }
    return rows;
  }

  /// The sides of a box, over the start's coordinates; empty on all of R^d.
  std::vector<UniformCells::Sides> box() const {
    std::vector<UniformCells::Sides> sides;
    for (const int id : plan_.start.columns) {
      const StartWall& wall = plan_.start.walls[id];
      if (wall.wall.layer == Wall::domain) sides.push_back({0.0, wall.range});
    }
    return sides;
  }

  /// The nodes of the next level; false when no node has an open hyperplane.
  bool split_all() {
    std::vector<Node> next;
    bool any = false;
    for (Node& node : nodes_) {
      if (!goes_on_()) {
        stopped_ = true;
        return false;
      }
      if (node->n_open == 0) {
        next.push_back(std::move(node));
        continue;
      }
      any = true;
      if (!node->cut(g_)) {
        node->probe(g_);
        next.push_back(std::move(node));
        continue;
      }
      Node below = std::make_unique<BeamCell>(*node);
      below->take(false);
      node->take(true);
      below->probe(g_);
      node->probe(g_);
      next.push_back(std::move(below));
      next.push_back(std::move(node));
    }
    nodes_ = std::move(next);
    return any;
  }

  /// Keep as many nodes as the beam is wide.
  void thin() {
    const auto width = static_cast<std::size_t>(order_.width);
    if (nodes_.size() <= width) return;
    scores_.clear();
    double most = -INFINITY;
    for (const Node& node : nodes_) {
      scores_.push_back(std::log(node->weight) + log_scores_[node->n_open]);
      most = std::max(most, scores_.back());
    }
    for (double& score : scores_) score = std::exp(score - most);
    std::vector<Node> kept;
    choose(width, [&](std::size_t i, double chance) {
      nodes_[i]->weight /= chance;
      kept.push_back(std::move(nodes_[i]));
    });
    nodes_ = std::move(kept);
    rescale();
  }

  /// Systematic sampling: take(i, p_i) for `width` of the scores, p_i in proportion.
  template <class Take>
  void choose(std::size_t width, Take&& take) {
    if (width == 0) return;
    const double cut = threshold(width);
    const double offset = random_.uniform();
    double total = 0.0;
    for (std::size_t i = 0; i < scores_.size(); ++i) {
      const double chance = std::min(1.0, scores_[i] / cut);
      const double before = total;
      total += chance;
      if (std::ceil(total - offset) == std::ceil(before - offset)) continue;
      take(i, chance);
    }
  }

  /// c with sum_i min(1, score_i / c) = width.
  double threshold(std::size_t width) {
    sorted_ = scores_;
    std::sort(sorted_.begin(), sorted_.end());
    double rest = std::accumulate(sorted_.begin(), sorted_.end(), 0.0);
    std::size_t n_certain = 0;
    // Those that are kept for certain leave the others their share.
    while (n_certain < width) {
      const double largest = sorted_[sorted_.size() - 1 - n_certain];
      const double cut = rest / static_cast<double>(width - n_certain);
      if (largest <= cut) return cut;
      rest -= largest;
      ++n_certain;
    }
    return sorted_[sorted_.size() - width];
  }

  void rescale() {
    double most = 0.0;
    for (const Node& node : nodes_) most = std::max(most, node->weight);
    if (!(most > 0x1p500)) return;
    for (Node& node : nodes_) node->weight /= most;
    log_scale_ += std::log(most);
  }

  double total() const {
    return std::accumulate(
        nodes_.begin(), nodes_.end(), 0.0,
        [](double sum, const Node& node) { return sum + node->weight; });
  }

  BeamRun sum() {
    for (Node& node : nodes_) {
      if (!goes_on_()) return {};
      out_.n_failures += node->failed;
      if (!node->is_there(g_)) node->weight = 0.0;
    }
    out_.log_estimate = std::log(total()) + log_scale_;
    out_.complete = true;
    return out_;
  }

  /// log (sum_{k <= d} C(m, k))^score_exponent.
  double log_score(int m) const {
    double most = 0.0, total = 0.0;
    for (const bool sums : {false, true}) {
      for (int k = 0; k <= std::min(m, plan_.dim); ++k) {
        const double log = log_binomial(m, k);
        if (sums) total += std::exp(log - most);
        most = std::max(most, log);
      }
    }
    return score_exponent * (most + std::log(total));
  }

  const BeamPlan& plan_;
  const BeamOrder& order_;
  RandomStream random_;
  std::function<bool()> goes_on_;
  DictionaryScratch scratch_;
  std::vector<Node> nodes_;
  double log_scale_ = 0.0;   // of all weights
  std::size_t entered_ = 0;  // the layer at whose start the first nodes are
  bool stopped_ = false;
  BeamRun out_;
  std::vector<double> log_scores_;  // by m
  std::vector<double> g_, scores_, sorted_;
  std::vector<int> units_;  // of the first layer, that cut
};

}  // namespace polyregions::POLYREGIONS_ISA
