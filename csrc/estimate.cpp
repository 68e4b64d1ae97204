// SPDX-License-Identifier: MIT
#include "estimate.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <numeric>
#include <thread>
#include <unordered_set>

#include "exact_path.hpp"
#include "fast_engines.hpp"
#include "in_threads.hpp"
#include "random_stream.hpp"
#include "residues.hpp"
#include "search.hpp"

namespace polyregions {

namespace {

/// What the threads share.
class Runs {
 public:
  Runs(const Problem& problem, const DictionaryStart& start, const BeamOrder& order,
       const std::vector<std::uint64_t>& seeds, Monitor& monitor)
      : seeds_(seeds), monitor_(monitor), out_(seeds.size() / 4) {
    one_ = [&problem, &start, &order](const std::uint64_t* seed,
                                      const std::function<bool()>& goes_on) {
      return fast_engines().beam(problem, start, order, seed, goes_on);
    };
  }

  std::vector<BeamRun> run(int n_threads) {
    const auto n = std::min<std::size_t>(out_.size(), n_threads);
    run_in_threads(n, stopped_, [this](bool is_first) { work(is_first); });
    return std::move(out_);
  }

 private:
  /// Take runs until there are none; the first thread is the caller's, and asks the
  /// monitor, which the others do not know: it waits for them.
  void work(bool is_first) {
    const std::function<bool()> goes_on = [this, is_first] {
      return !stopped_ && (!is_first || asks());
    };
    while (goes_on()) {
      const std::size_t i = next_.fetch_add(1);
      if (i >= out_.size()) break;
      out_[i] = one_(seeds_.data() + 4 * i, goes_on);
      if (out_[i].complete) ++done_;
    }
    while (is_first && done_ < out_.size() && goes_on()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  bool asks() {
    monitor_.share = static_cast<double>(done_) / static_cast<double>(out_.size());
    if (monitor_.goes_on()) return true;
    stopped_ = true;
    return false;
  }

  const std::vector<std::uint64_t>& seeds_;
  Monitor& monitor_;
  std::vector<BeamRun> out_;
  std::function<BeamRun(const std::uint64_t*, const std::function<bool()>&)> one_;
  std::atomic<std::size_t> next_{0}, done_{0};
  std::atomic<bool> stopped_{false};
};

using Residues = std::vector<std::uint64_t>;

/// Whether some rows (n, n) are independent, for certain; by elimination.
bool independent(std::vector<Residues> rows) {
  const std::size_t n = rows.size();
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t p = c;
    while (p < n && rows[p][c] == 0) ++p;
    if (p == n) return false;
    std::swap(rows[p], rows[c]);
    const std::uint64_t inverse = mod::inverse(rows[c][c]);
    for (std::size_t i = c + 1; i < n; ++i) {
      if (rows[i][c] == 0) continue;
      const std::uint64_t factor = mod::times(rows[i][c], inverse);
      for (std::size_t k = c; k < n; ++k) {
        rows[i][k] = mod::minus(rows[i][k], mod::times(factor, rows[c][k]));
      }
    }
  }
  return true;
}

/// Whether rows are the sides of a box: two a coordinate, opposite.
bool is_box(const std::vector<Row>& rows, int dim) {
  std::vector<int> found(static_cast<std::size_t>(dim), 0);  // bits: from below, above
  for (const Row& row : rows) {
    int only = 0;
    for (int k = 1; k <= dim; ++k) {
      if (sign(row[k]) == 0) continue;
      if (only != 0) return false;
      only = k;
    }
    if (only != 0) found[only - 1] |= sign(row[only]) > 0 ? 1 : 2;
  }
  return std::all_of(found.begin(), found.end(), [](int sides) { return sides == 3; });
}

/// The first layer's hyperplanes and the sides of the box, modulo the prime.
class Arrangement {
 public:
  explicit Arrangement(const Problem& problem) : dim_(problem.search.dim) {
    const int first = first_cutting_layer(problem.network);
    const Digits digits = zero_digits(problem.network);
    ExactPath path(problem, digits);
    const Layer& layer = problem.network.layers[first];
    std::unordered_set<std::uint64_t> directions;
    for (const Row& side : problem.search.rows) {
      add(side);
      directions.insert(direction_key(side, 1));
    }
    n_sides_ = rows_.size();
    for (int unit = 0; unit < layer.n_out; ++unit) {
      for (int j = 0; j < n_breaks(layer, unit); ++j) {
        const Row row = path.break_row_of(first, unit, j);
        add(row);
        const bool is_new = directions.insert(direction_key(row, 1)).second;
        // On a line all points are parallel, and minors compare them.
        parallel_ = parallel_ || (!is_new && row.size() > 2) || is_constant(row);
      }
    }
  }

  bool is_parallel() const { return parallel_; }
  int size() const { return static_cast<int>(rows_.size()); }

  /// d hyperplanes meet in a point, and d + 1 do not; so, too, where two of them are
  /// opposite sides, which meet nowhere.
  bool is_general(const std::vector<int>& chosen) const {
    std::vector<Residues> rows;
    for (const int i : chosen) rows.push_back(rows_[i]);
    if (!independent(rows)) return has_opposite(chosen);
    rows.pop_back();
    return independent(std::move(rows)) || has_opposite(chosen);
  }

 private:
  void add(const Row& row) {
    Residues& own = rows_.emplace_back();
    for (const Integer& v : row) own.push_back(mod::residue(v));
    // The constant last: minors of the first columns are those of directions.
    std::rotate(own.begin(), own.begin() + 1, own.end());
  }

  bool has_opposite(const std::vector<int>& chosen) const {
    std::vector<int> seen(static_cast<std::size_t>(dim_), 0);
    for (const int i : chosen) {
      if (static_cast<std::size_t>(i) >= n_sides_) continue;
      for (int k = 0; k < dim_; ++k) seen[k] += rows_[i][k] != 0;
    }
    return std::any_of(seen.begin(), seen.end(), [](int n) { return n > 1; });
  }

  int dim_;
  std::vector<Residues> rows_;  // sides first
  std::size_t n_sides_ = 0;
  bool parallel_ = false;
};

/// C(n, k), or a little more than `most` where it is larger.
double binomial(int n, int k, double most) {
  double out = 1.0;
  for (int i = 1; i <= k && out <= most; ++i) out *= double(n - k + i) / i;
  return out;
}

bool every_minor(const Arrangement& all, int dim) {
  std::vector<int> chosen, mask(all.size(), 0);
  std::fill_n(mask.begin(), dim + 1, 1);
  do {
    chosen.clear();
    for (int i = 0; i < all.size(); ++i) {
      if (mask[i] != 0) chosen.push_back(i);
    }
    // Every d of them.
    for (int turn = 0; turn <= dim; ++turn) {
      if (!all.is_general(chosen)) return false;
      std::rotate(chosen.begin(), chosen.begin() + 1, chosen.end());
    }
  } while (std::prev_permutation(mask.begin(), mask.end()));
  return true;
}

bool random_minors(const Arrangement& all, int dim, int n_samples, std::uint64_t seed) {
  const std::uint64_t words[4] = {seed, 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 1};
  RandomStream random(words);
  std::vector<int> chosen(static_cast<std::size_t>(dim) + 1), items(all.size());
  std::iota(items.begin(), items.end(), 0);
  for (int sample = 0; sample < n_samples; ++sample) {
    for (int k = 0; k <= dim; ++k) {
      std::swap(items[k], items[k + static_cast<int>(random.below(items.size() - k))]);
      chosen[k] = items[k];
    }
    if (!all.is_general(chosen)) return false;
  }
  return true;
}

}  // namespace

std::vector<BeamRun> estimate_runs(const Problem& problem, const DictionaryStart& start,
                                   const BeamOrder& order,
                                   const std::vector<std::uint64_t>& seeds,
                                   int n_threads, Monitor& monitor) {
  monitor.stride = 16;
  return Runs(problem, start, order, seeds, monitor).run(n_threads);
}

CuttingLayers cutting_layers(const Network& network) {
  CuttingLayers out;
  for (const Layer& layer : network.layers) {
    int n = 0;
    for (int unit = 0; unit < layer.n_out; ++unit) n += n_breaks(layer, unit);
    if (n == 0) continue;
    if (out.n_layers == 0) out.n_hyperplanes = n;
    ++out.n_layers;
  }
  return out;
}

int general_position(const Problem& problem, int n_samples, std::uint64_t seed) {
  const int first = first_cutting_layer(problem.network);
  const int dim = problem.search.dim;
  const bool in_box = !problem.search.rows.empty();
  if (first < 0 || problem.search.empty) return -1;
  if (in_box && !is_box(problem.search.rows, dim)) return -1;
  const Arrangement all(problem);
  const int n = all.size();
  // The reduced rank is at most n: with n = d they are coordinates.
  if (all.is_parallel() || n < dim) return -1;
  if (n == dim) return 1;
  if (!in_box && binomial(n, dim + 1, n_samples) <= n_samples) {
    return every_minor(all, dim) ? 1 : -1;
  }
  return random_minors(all, dim, n_samples, seed) ? 0 : -1;
}

}  // namespace polyregions
