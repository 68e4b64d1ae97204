// SPDX-License-Identifier: MIT
// Cells by pattern in a hash table: one digit more is found at once.
#pragma once

#include <cstdint>
#include <vector>

#include "cells.hpp"

namespace polyregions {

class CellTable {
 public:
  CellTable(const Cells& cells, const PatternLayout& layout)
      : cells_(cells), layout_(layout) {
    std::size_t size = 2;
    while (size < 2 * cells.n_cells) size *= 2;
    slots_.assign(size, {0, -1});
    const auto n = static_cast<std::int64_t>(cells.n_cells);
    for (std::int64_t cell = 0; cell < n; ++cell) {
      const std::uint64_t hash = hash_of(cell);
      std::size_t at = first(hash);
      while (slots_[at].cell >= 0) at = next(at);
      slots_[at] = {hash, cell};
    }
  }

  /// Of a cell's own pattern, for `one_higher`.
  std::uint64_t hash_of(std::int64_t cell) const {
    std::uint64_t hash = 0;
    for (int i = 0; i < cells_.n_words; ++i) hash += mixed(words(cell)[i], i);
    return hash;
  }

  /// The cell whose pattern has the digit of a column one higher; or -1.
  std::int64_t one_higher(std::int64_t cell, std::uint64_t hash, int column) const {
    const PatternLayout::Column& own = layout_.columns[column];
    const std::uint64_t* const from = words(cell);
    const std::uint64_t word = from[own.word] + (std::uint64_t{1} << own.shift);
    hash += mixed(word, own.word) - mixed(from[own.word], own.word);
    for (std::size_t at = first(hash); slots_[at].cell >= 0; at = next(at)) {
      if (slots_[at].hash != hash) continue;
      const std::uint64_t* const to = words(slots_[at].cell);
      int i = 0;
      while (i < cells_.n_words && to[i] == (i == own.word ? word : from[i])) ++i;
      if (i == cells_.n_words) return slots_[at].cell;
    }
    return -1;
  }

 private:
  struct Slot {
    std::uint64_t hash;
    std::int64_t cell;  // -1: free
  };

  /// A sum of these is the hash of a pattern.
  static std::uint64_t mixed(std::uint64_t word, int place) {
    word += 0x9e3779b97f4a7c15u * (static_cast<std::uint64_t>(place) + 1);
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9u;
    word = (word ^ word >> 27) * 0x94d049bb133111ebu;
    return word ^ word >> 31;
  }
  std::size_t first(std::uint64_t hash) const { return hash & (slots_.size() - 1); }
  std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  const std::uint64_t* words(std::int64_t cell) const {
    return cells_.patterns.data() + cell * cells_.n_words;
  }

  const Cells& cells_;
  const PatternLayout& layout_;
  std::vector<Slot> slots_;
};

}  // namespace polyregions
