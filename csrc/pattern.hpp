// SPDX-License-Identifier: MIT
// Activation patterns, bit-packed so that comparing words compares patterns.
//
// A pattern has one digit for each unit with a breakpoint, in the order (layer, unit);
// a digit is the number of breakpoints below the unit's value on the cell.  Earlier
// digits take higher bits: the order of packed words is the canonical order of cells.
#pragma once

#include <cstdint>
#include <vector>

#include "network.hpp"

namespace polyregions {

struct PatternLayout {
  struct Column {
    int layer, unit;
    int word, shift;  // of the digit's lowest bit
    int bits;
  };
  std::vector<Column> columns;
  std::vector<std::vector<int>> column_of;  // [layer][unit], -1 without breakpoints
  int n_words = 0;
  int n_columns() const { return static_cast<int>(columns.size()); }
};

PatternLayout pattern_layout(const Network& network);

/// Digits of every unit by layer; 0 for units without breakpoints.
using Digits = std::vector<std::vector<std::uint8_t>>;

Digits zero_digits(const Network& network);
void pack(const PatternLayout& layout, const Digits& digits, std::uint64_t* words);
void unpack(const PatternLayout& layout, const std::uint64_t* words, Digits& digits);

/// -1, 0, 1 as words are before, equal to or after others.
int compare_words(const std::uint64_t* a, const std::uint64_t* b, int n);

}  // namespace polyregions
