// SPDX-License-Identifier: MIT
#include "cells.hpp"

#include <algorithm>
#include <numeric>

namespace polyregions {

namespace {

template <class T>
void permute(std::vector<T>& column, int width, const std::vector<std::size_t>& order) {
  std::vector<T> out;
  out.reserve(column.size());
  for (const std::size_t i : order) {
    out.insert(out.end(), column.begin() + i * width, column.begin() + (i + 1) * width);
  }
  column = std::move(out);
}

}  // namespace

void append_cell(Cells& cells, const Problem& problem, const Digits& digits,
                 const std::vector<std::uint8_t>& on_break, const double* point) {
  cells.n_words = problem.layout.n_words;
  cells.dim = problem.frame.dim;
  cells.n_flag_words = (problem.layout.n_columns() + 63) / 64;
  const std::size_t at = cells.patterns.size();
  cells.patterns.resize(at + cells.n_words);
  pack(problem.layout, digits, cells.patterns.data() + at);
  const std::size_t flags_at = cells.on_break.size();
  cells.on_break.resize(flags_at + cells.n_flag_words, 0);
  for (std::size_t c = 0; c < on_break.size(); ++c) {
    if (on_break[c]) cells.on_break[flags_at + c / 64] |= std::uint64_t{1} << (c % 64);
  }
  const std::size_t points_at = cells.points.size();
  cells.points.resize(points_at + cells.dim, 0.0);
  for (std::size_t k = 0; k < problem.search.kept.size(); ++k) {
    cells.points[points_at + problem.search.kept[k]] = point[k];
  }
  ++cells.n_cells;
}

void finish(Enumeration& result, const Monitor& monitor) {
  result.n_regions = monitor.regions;
  result.outcome = monitor.outcome;
  // A budget may refuse a leaf after its last layer was counted.
  if (!result.per_layer.empty()) result.per_layer.back() = monitor.regions;
}

void sort_cells(Cells& cells) {
  std::vector<std::size_t> order(cells.n_cells);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const int n = cells.n_words;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return compare_words(&cells.patterns[a * n], &cells.patterns[b * n], n) < 0;
  });
  permute(cells.patterns, n, order);
  permute(cells.on_break, cells.n_flag_words, order);
  permute(cells.points, cells.dim, order);
}

std::int64_t find_cell(const Cells& cells, const std::uint64_t* words) {
  const int n = cells.n_words;
  std::size_t low = 0, high = cells.n_cells;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const int order = compare_words(cells.patterns.data() + middle * n, words, n);
    if (order == 0) return static_cast<std::int64_t>(middle);
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return -1;
}

bool digits_fit(const Problem& problem, const std::uint64_t* patterns, std::size_t n) {
  const auto width = static_cast<std::size_t>(problem.layout.n_words);
  for (const auto& c : problem.layout.columns) {
    const auto most =
        static_cast<std::uint64_t>(n_breaks(problem.network.layers[c.layer], c.unit));
    const std::uint64_t mask = (std::uint64_t{1} << c.bits) - 1;
    if (most == mask) continue;  // every digit of so many bits
    for (std::size_t i = 0; i < n; ++i) {
      if ((patterns[i * width + c.word] >> c.shift & mask) > most) return false;
    }
  }
  return true;
}

std::size_t bytes_of(const Cells& cells) {
  return 8 * (cells.patterns.size() + cells.on_break.size() + cells.points.size());
}

}  // namespace polyregions
