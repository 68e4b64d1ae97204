// SPDX-License-Identifier: MIT
// The network over the integers modulo 2^61 - 1: a filter for equality of maps.
//
// Weights are dyadic, so they have residues, and a cell's output map has a value at a
// point chosen once at random.  Equal maps have equal values: different values prove
// different maps, and equal ones are checked in integers.
#pragma once

#include <cstdint>
#include <vector>

#include "frame.hpp"
#include "network.hpp"
#include "pattern.hpp"

namespace polyregions {

/// Arithmetic modulo the prime 2^61 - 1; operands are below it.
namespace mod {
constexpr std::uint64_t prime = 2305843009213693951ULL;
inline std::uint64_t reduce(unsigned __int128 value) {
  const auto folded = static_cast<std::uint64_t>(value & prime) +
                      static_cast<std::uint64_t>(value >> 61);
  return folded >= prime ? folded - prime : folded;
}
inline std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return reduce(static_cast<unsigned __int128>(a) * b);
}
inline std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t sum = a + b;
  return sum >= prime ? sum - prime : sum;
}
inline std::uint64_t minus(std::uint64_t a, std::uint64_t b) {
  return a >= b ? a - b : a + prime - b;
}
std::uint64_t inverse(std::uint64_t value);  // of a value other than 0
std::uint64_t residue(const Integer& value);
}  // namespace mod

/// Residue of a row's direction modulo a prime: entries from `first` on, divided by the
/// first linear entry that is not zero.  Rows equal up to a factor (from `first` on)
/// have equal keys, so different keys prove different directions; equal ones prove
/// nothing.
std::uint64_t direction_key(const Row& row, std::size_t first);

class MapResidues {
 public:
  MapResidues(const Network& network, const Frame& frame);

  /// Value of the map of the cell with these digits.  Cells in canonical order share
  /// their work: only units whose value changed since the last cell are summed again.
  std::uint64_t of(const Digits& digits);

 private:
  struct ResidueLayer {
    int n_in = 0, n_out = 0;
    std::vector<std::uint64_t> columns;  // (n_in, n_out)
    std::vector<std::vector<std::uint64_t>> slopes,
        offsets;  // by unit; empty: identity
  };

  std::vector<ResidueLayer> layers_;
  std::vector<std::vector<std::uint64_t>> z_, h_;  // by layer, of the last cell
  std::vector<std::uint64_t> mixing_;              // of the outputs
};

}  // namespace polyregions
