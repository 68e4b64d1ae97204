// SPDX-License-Identifier: MIT
#include "candidates.hpp"

#include <algorithm>
#include <unordered_map>

#include "adjacency.hpp"
#include "merge.hpp"
#include "status.hpp"
#include "union_find.hpp"

namespace polyregions {

namespace {

/// Patterns of the candidates and then of the cells, found by their words.
class PatternIndex {
 public:
  PatternIndex(const Enumeration& found, int n_words)
      : found_(found), n_words_(static_cast<std::size_t>(n_words)) {
    std::size_t size = 16;
    while (size < 2 * (found.candidates.n_cells + found.cells.n_cells)) size *= 2;
    table_.assign(size, -1);
    const auto n =
        static_cast<std::int64_t>(found.candidates.n_cells + found.cells.n_cells);
    for (std::int64_t i = 0; i < n; ++i) *place(words(i)) = i;
  }

  std::int64_t find(const std::uint64_t* pattern) { return *place(pattern); }

  const std::uint64_t* words(std::int64_t i) const {
    const auto at = static_cast<std::size_t>(i);
    const std::size_t n = found_.candidates.n_cells;
    return at < n ? found_.candidates.patterns.data() + at * n_words_
                  : found_.cells.patterns.data() + (at - n) * n_words_;
  }

 private:
  std::int64_t* place(const std::uint64_t* pattern) {
    // Digits fill words from above, so the product's upper half must come down.
    std::uint64_t hash = 0;
    for (std::size_t k = 0; k < n_words_; ++k) {
      hash = (hash ^ pattern[k] ^ pattern[k] >> 32) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 32;
    }
    std::size_t at = hash & (table_.size() - 1);
    while (table_[at] >= 0 &&
           !std::equal(pattern, pattern + n_words_, words(table_[at]))) {
      at = (at + 1) & (table_.size() - 1);
    }
    return &table_[at];
  }

  const Enumeration& found_;
  const std::size_t n_words_;
  std::vector<std::int64_t> table_;
};

/// Join every candidate with the neighbours it named.
void join_named(const Problem& problem, const Enumeration& found, UnionFind& joined) {
  const Candidates& all = found.candidates;
  const auto n_words = static_cast<std::size_t>(problem.layout.n_words);
  PatternIndex index(found, problem.layout.n_words);
  std::vector<std::uint64_t> words(n_words);
  for (std::size_t cell = 0; cell < all.n_cells; ++cell) {
    const std::size_t end =
        cell + 1 < all.n_cells ? all.first[cell + 1] : all.columns.size();
    for (std::size_t k = all.first[cell]; k < end; ++k) {
      const auto* own = all.patterns.data() + cell * n_words;
      std::copy(own, own + n_words, words.begin());
      const PatternLayout::Column& column = problem.layout.columns[all.columns[k]];
      const std::uint64_t unit = std::uint64_t{1} << column.shift;
      words[column.word] += all.steps[k] > 0 ? unit : ~unit + 1;
      const std::int64_t other = index.find(words.data());
      // A neighbour with the same map can merge itself, so it was kept.
      if (other < 0) throw Error(Status::internal, "a neighbour is missing");
      joined.unite(static_cast<std::int64_t>(cell), other);
    }
  }
}

std::uint64_t n_different(const std::vector<std::int64_t>& labels) {
  std::int64_t most = -1;
  for (const std::int64_t label : labels) most = std::max(most, label);
  return static_cast<std::uint64_t>(most + 1);
}

/// Different maps among all that is kept.
std::uint64_t n_maps(const Problem& problem, const Enumeration& found,
                     Monitor& monitor) {
  Cells all;
  all.n_words = problem.layout.n_words;
  all.patterns = found.candidates.patterns;
  all.patterns.insert(all.patterns.end(), found.cells.patterns.begin(),
                      found.cells.patterns.end());
  all.n_cells = found.candidates.n_cells + found.cells.n_cells;
  return n_different(map_labels(problem, all, monitor));
}

}  // namespace

void append_candidate(Candidates& all, const Problem& problem, const Digits& digits,
                      const std::vector<Neighbour>& neighbours) {
  const std::size_t at = all.patterns.size();
  all.patterns.resize(at + problem.layout.n_words);
  pack(problem.layout, digits, all.patterns.data() + at);
  all.first.push_back(all.columns.size());
  for (const Neighbour& n : neighbours) {
    all.columns.push_back(n.column);
    all.steps.push_back(static_cast<std::int8_t>(n.step));
  }
  ++all.n_cells;
}

std::size_t bytes_of(const Candidates& all) {
  return 8 * (all.patterns.size() + all.first.size()) + 5 * all.columns.size();
}

std::uint64_t count_linear(const Problem& problem, const Enumeration& found,
                           Monitor& monitor) {
  const std::size_t kept = found.candidates.n_cells + found.cells.n_cells;
  const std::uint64_t alone = found.n_regions - kept;
  if (kept == 0) return alone;
  if (found.outcome != Outcome::complete)
    return alone + n_maps(problem, found, monitor);
  UnionFind joined(kept);
  join_named(problem, found, joined);
  if (found.cells.n_cells > 0) {
    const std::vector<std::int64_t> maps = map_labels(problem, found.cells, monitor);
    const Adjacency pairs = find_adjacency(problem, found.cells, maps, true, monitor);
    const auto n = static_cast<std::int64_t>(found.candidates.n_cells);
    for (std::size_t i = 0; i < pairs.first.size(); ++i) {
      if (pairs.same_map[i]) joined.unite(n + pairs.first[i], n + pairs.second[i]);
    }
  }
  if (monitor.outcome != Outcome::complete) {
    return alone + n_maps(problem, found, monitor);
  }
  return alone + n_different(joined.labels());
}

}  // namespace polyregions
