// SPDX-License-Identifier: MIT
// One run of the stochastic enumeration of a network's cells (Vaisman, Rubinstein
// 2014): a beam of nodes goes through the split tree, level by level, and estimates how
// many leaves it has.
//
// Every node has a weight, at the start 1.  Where a level has more nodes than the beam
// is wide, node i is kept with a probability p_i, by systematic sampling in the order
// of the tree, and its weight is divided by p_i: so the sum of all weights keeps its
// expectation whatever the p_i, and at the end that is the number of leaves.  They are
// proportional to w_i sqrt(h_i), h_i = sum_{k <= d} C(m_i, k), m_i hyperplanes of the
// layer being those that still cut the node: near to what minimises the variance.
//
// On all of R^d, where the first layer's n hyperplanes are in general position, the
// beam starts from cells of theirs that are exactly uniform: see `uniform_signs`.
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

namespace polyregions::POLYREGIONS_ISA {

constexpr int drawn_per_node = 8;  // uniform cells, of which one is kept

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
    for (int m = 0; m <= most; ++m) root_of_cells_.push_back(half_log_cells(m));
  }

  BeamRun run() {
    entered_ = plan_.span.first;
    start();
    for (std::size_t l = entered_; l <= plan_.span.last; ++l) {
      for (Node& node : nodes_) {
        if (!goes_on_()) return {};
        if (l != entered_) node->enter_layer(l);
        if (l != entered_ || !starts_uniformly()) probe(*node);
      }
      while (split_all()) thin();
      if (stopped_) return {};
    }
    return sum();
  }

 private:
  void probe(BeamCell& node) {
    node.probe(g_);
    ++out_.n_nodes;
  }

  bool starts_uniformly() const { return order_.log_uniform > 0.0; }

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
    const int n_drawn = order_.width * drawn_per_node;
    log_scale_ = order_.log_uniform - std::log(n_drawn);
    std::vector<std::vector<std::uint8_t>> drawn;
    std::vector<std::pair<int, int>> by_open;  // hyperplanes that cut it, which
    for (int i = 0; i < n_drawn && goes_on_(); ++i) {
      std::vector<std::uint8_t> signs;
      if (!uniform_signs(signs)) {
        out_.n_failures += 1;
        continue;
      }
      by_open.emplace_back(uniform_cell(signs)->n_open, by_open.size());
      drawn.push_back(std::move(signs));
    }
    std::sort(by_open.begin(), by_open.end());
    scores_.clear();
    for (const auto& [n_open, which] : by_open) {
      scores_.push_back(std::exp(root_of_cells_[n_open] - root_of_cells_.back()));
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
      sides.push_back(signs[plan_.start.walls[plan_.start.n_domain + k].wall.unit]);
    }
    Node node = std::make_unique<BeamCell>(plan_, scratch_, sides);
    const FloatLayer& layer = plan_.floats.layers[plan_.span.first];
    for (int unit = 0; unit < layer.n_out; ++unit) {
      if (layer.most_digits[unit] == 0 || node->is_decided(unit)) continue;
      if (node->cut(unit, 0, g_)) node->take(signs[unit] != 0);
      // A hyperplane that does not cut it must lie where the drawn cell has it.
      node->failed = node->failed || node->is_above(unit) != (signs[unit] != 0);
    }
    for (std::size_t l = plan_.span.first + 1; l <= plan_.span.last; ++l) {
      node->enter_layer(l);
      entered_ = l;
      if (plan_.floats.layers[l].cuts) break;
    }
    probe(*node);
    return node;
  }

  /// Signs of the first layer's hyperplanes on a cell of theirs, every cell with the
  /// same probability; false where floating point fails.
  ///
  /// F_0 < F_1 < .. < F_d = R^d is a generic flag of affine subspaces, F_{j-1} the
  /// zeros of f_j in F_j.  A cell that meets F_j and not F_{j-1} has in F_j one vertex
  /// where |f_j| is least, and every vertex in F_j is that of just one such cell; so
  /// the cells are the subsets J of at most d hyperplanes, and there are sum_{j <= d}
  /// C(n, j).
  bool uniform_signs(std::vector<std::uint8_t>& signs) {
    const FloatLayer& layer = plan_.floats.layers[plan_.span.first];
    const int dim = plan_.dim;
    if (flag_.empty()) choose_flag();
    units_.clear();
    for (int unit = 0; unit < layer.n_out; ++unit) {
      if (layer.most_digits[unit] != 0) units_.push_back(unit);
    }
    const auto n = static_cast<int>(units_.size());
    const int size = draw_size(n);
    for (int k = 0; k < size; ++k) {
      std::swap(units_[k], units_[k + static_cast<int>(random_.below(n - k))]);
    }
    // matrix (j, j): row i is hyperplane i along the flag's first j directions.
    std::vector<double> matrix(static_cast<std::size_t>(size) * size);
    std::vector<double> at_origin(size);
    for (int i = 0; i < size; ++i) {
      at_origin[i] = value(units_[i], origin_.data());
      for (int k = 0; k < size; ++k) matrix[i * size + k] = along(units_[i], k);
    }
    if (!invert(matrix, size)) return false;
    // The vertex: matrix y = -at_origin.
    std::vector<double> point = origin_;
    double height = 0.0;
    for (int k = 0; k < size; ++k) {
      double y = 0.0;
      for (int i = 0; i < size; ++i) y -= matrix[k * size + i] * at_origin[i];
      if (k == size - 1) height = y;
      for (int c = 0; c < dim; ++c) point[c] += y * flag_[k * dim + c];
    }
    signs.assign(layer.n_out, 0);
    for (int i = size; i < n; ++i) {
      signs[units_[i]] = value(units_[i], point.data()) > 0.0;
    }
    for (int i = 0; i < size; ++i) {
      // f_j = sum_i lambda_i (row i): up from the vertex where lambda and height agree.
      const double lambda = matrix[(size - 1) * size + i];
      signs[units_[i]] = (lambda > 0.0) == (height > 0.0);
    }
    return true;
  }

  void choose_flag() {
    const int dim = plan_.dim;
    origin_.resize(dim);
    for (double& v : origin_) v = random_.normal();
    flag_.resize(static_cast<std::size_t>(dim) * dim);
    for (int k = 0; k < dim; ++k) {
      double* const own = flag_.data() + k * dim;
      for (int c = 0; c < dim; ++c) own[c] = random_.normal();
      for (int before = 0; before < k; ++before) {
        const double* const other = flag_.data() + before * dim;
        const double part = std::inner_product(own, own + dim, other, 0.0);
        for (int c = 0; c < dim; ++c) own[c] -= part * other[c];
      }
      const double norm = std::sqrt(std::inner_product(own, own + dim, own, 0.0));
      for (int c = 0; c < dim; ++c) own[c] /= norm;
    }
  }

  /// j with probability C(n, j) / sum_{i <= d} C(n, i).
  int draw_size(int n) {
    const double u = random_.uniform();
    double total = 0.0;
    const int most = std::min(n, plan_.dim);
    for (int j = most; j > 0; --j) {
      total += std::exp(log_binomial(n, j) - order_.log_uniform);
      if (u < total) return j;
    }
    return 0;
  }

  double coefficient(int unit, int k) const {
    const int stride = plan_.floats.layers[plan_.span.first].stride;
    return plan_.first->values[static_cast<std::size_t>(k) * stride + unit];
  }
  double value(int unit, const double* point) const {
    double out =
        coefficient(unit, 0) - plan_.floats.layers[plan_.span.first].breaks[unit][0];
    for (int c = 0; c < plan_.dim; ++c) out += coefficient(unit, c + 1) * point[c];
    return out;
  }
  double along(int unit, int direction) const {
    const double* const own = flag_.data() + direction * plan_.dim;
    double out = 0.0;
    for (int c = 0; c < plan_.dim; ++c) out += coefficient(unit, c + 1) * own[c];
    return out;
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
        probe(*node);
        next.push_back(std::move(node));
        continue;
      }
      Node below = std::make_unique<BeamCell>(*node);
      below->take(false);
      node->take(true);
      probe(*below);
      probe(*node);
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
      scores_.push_back(std::log(node->weight) + root_of_cells_[node->n_open]);
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

  BeamRun sum() {
    double total = 0.0;
    for (Node& node : nodes_) {
      if (!goes_on_()) return {};
      out_.n_failures += node->failed;
      if (node->is_there(g_)) total += node->weight;
    }
    out_.log_estimate = std::log(total) + log_scale_;
    out_.complete = true;
    return out_;
  }

  /// log sqrt(sum_{k <= d} C(m, k)).
  double half_log_cells(int m) const {
    double most = 0.0, total = 0.0;
    for (const bool sums : {false, true}) {
      for (int k = 0; k <= std::min(m, plan_.dim); ++k) {
        const double log = log_binomial(m, k);
        if (sums) total += std::exp(log - most);
        most = std::max(most, log);
      }
    }
    return 0.5 * (most + std::log(total));
  }

  static double log_binomial(int n, int k) {
    return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0);
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
  std::vector<double> root_of_cells_;  // by m: log sqrt(h)
  std::vector<double> g_, scores_, sorted_;
  std::vector<int> units_;
  std::vector<double> origin_, flag_;  // (dim), (dim, dim): directions by rows
};

}  // namespace polyregions::POLYREGIONS_ISA
