// SPDX-License-Identifier: MIT
#include "pattern.hpp"

namespace polyregions {

PatternLayout pattern_layout(const Network& network) {
  PatternLayout layout;
  int used = 64;  // bits used of the last word
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const Layer& layer = network.layers[l];
    layout.column_of.emplace_back(layer.n_out, -1);
    for (int unit = 0; unit < layer.n_out; ++unit) {
      const int breaks = n_breaks(layer, unit);
      if (breaks == 0) continue;
      int bits = 1;
      while ((1 << bits) <= breaks) ++bits;
      if (used + bits > 64) {  // digits do not straddle words
        ++layout.n_words;
        used = 0;
      }
      used += bits;
      layout.column_of[l][unit] = layout.n_columns();
      layout.columns.push_back(
          {static_cast<int>(l), unit, layout.n_words - 1, 64 - used, bits});
    }
  }
  return layout;
}

Digits zero_digits(const Network& network) {
  Digits digits;
  for (const Layer& layer : network.layers) digits.emplace_back(layer.n_out, 0);
  return digits;
}

void pack(const PatternLayout& layout, const Digits& digits, std::uint64_t* words) {
  for (int w = 0; w < layout.n_words; ++w) words[w] = 0;
  for (const auto& c : layout.columns) {
    words[c.word] |= static_cast<std::uint64_t>(digits[c.layer][c.unit]) << c.shift;
  }
}

void unpack(const PatternLayout& layout, const std::uint64_t* words, Digits& digits) {
  for (const auto& c : layout.columns) {
    const std::uint64_t mask = (std::uint64_t{1} << c.bits) - 1;
    digits[c.layer][c.unit] =
        static_cast<std::uint8_t>((words[c.word] >> c.shift) & mask);
  }
}

int compare_words(const std::uint64_t* a, const std::uint64_t* b, int n) {
  for (int w = 0; w < n; ++w) {
    if (a[w] != b[w]) return a[w] < b[w] ? -1 : 1;
  }
  return 0;
}

}  // namespace polyregions
