// SPDX-License-Identifier: MIT
// Disjoint sets of 0 .. n - 1.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace polyregions {

class UnionFind {
 public:
  explicit UnionFind(std::size_t n) : parent_(n) {
    std::iota(parent_.begin(), parent_.end(), std::int64_t{0});
  }
  std::int64_t find(std::int64_t i) {
    while (parent_[i] != i) {
      parent_[i] = parent_[parent_[i]];
      i = parent_[i];
    }
    return i;
  }
  void unite(std::int64_t i, std::int64_t j) {
    i = find(i);
    j = find(j);
    parent_[std::max(i, j)] = std::min(i, j);
  }
  /// Labels numbered in the order of their first members.
  std::vector<std::int64_t> labels() {
    std::vector<std::int64_t> number(parent_.size(), -1), out(parent_.size());
    std::int64_t next = 0;
    for (std::size_t i = 0; i < parent_.size(); ++i) {
      const std::int64_t root = find(static_cast<std::int64_t>(i));
      if (number[root] < 0) number[root] = next++;
      out[i] = number[root];
    }
    return out;
  }

 private:
  std::vector<std::int64_t> parent_;
};

}  // namespace polyregions
