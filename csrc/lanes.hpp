// SPDX-License-Identifier: MIT
// Loops over the units of a layer, as many at a time as a register holds.
//
// Every file that includes `isa.hpp` is compiled once for each instruction set, in a
// namespace of its own.  All loops are elementwise, without reductions across lanes and
// without contraction, so every instruction set gives the same numbers.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "float_network.hpp"
#include "isa.hpp"

// Lanes never cross a border between two instruction sets.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

namespace polyregions::POLYREGIONS_ISA {

// As many as a register holds: wider ones would be taken apart in memory.
constexpr int n_lanes = POLYREGIONS_LANES;
typedef double Lanes __attribute__((vector_size(8 * n_lanes), aligned(8), may_alias));
typedef std::int64_t Bits
    __attribute__((vector_size(8 * n_lanes), aligned(8), may_alias));

inline Lanes lanes_at(const double* at) { return *reinterpret_cast<const Lanes*>(at); }
inline void put_lanes(double* at, Lanes value) {
  *reinterpret_cast<Lanes*>(at) = value;
}
inline Lanes broadcast(double v) { return v - Lanes{}; }
inline Bits broadcast(std::int64_t v) { return v - Bits{}; }
inline Lanes magnitude(Lanes v) {
  return reinterpret_cast<Lanes>(reinterpret_cast<Bits>(v) &
                                 broadcast(std::int64_t{0x7fffffffffffffff}));
}

/// The lanes' own bits where `condition` (all ones or all zeros) holds, at `shift`.
inline Bits marked(Bits condition, int shift) {
  Bits bits;
  for (int i = 0; i < n_lanes; ++i) bits[i] = std::int64_t{1} << i;
  return condition & (bits << shift);
}

inline std::uint64_t any(Bits v) {
  std::uint64_t all = 0;
  for (int i = 0; i < n_lanes; ++i) all |= static_cast<std::uint64_t>(v[i]);
  return all;
}

/// Bit i where lane i of a condition holds.
inline unsigned mask_of(Bits condition) {
#if defined(POLYREGIONS_AVX2) || defined(__AVX2__)
  if constexpr (n_lanes == 4) {
    typedef double Register __attribute__((vector_size(32)));
    return static_cast<unsigned>(
        __builtin_ia32_movmskpd256(reinterpret_cast<Register>(condition)));
  }
#endif
  return static_cast<unsigned>(any(marked(condition, 0)));
}

/// A condition: which of as many bytes are not 0.
inline Bits are_set(const std::uint8_t* at) {
  typedef std::uint8_t Bytes __attribute__((vector_size(n_lanes)));
  Bytes bytes;
  std::memcpy(&bytes, at, n_lanes);
  return __builtin_convertvector(bytes, Bits) != broadcast(std::int64_t{0});
}

inline double largest(Lanes v) {
  double most = v[0];
  for (int i = 1; i < n_lanes; ++i) most = v[i] > most ? v[i] : most;
  return most;
}

/// 2^e, -1000 < e < 1000.
inline double power_of_2(int e) {
  const std::uint64_t bits = static_cast<std::uint64_t>(1023 + e) << 52;
  double power = 0.0;
  std::memcpy(&power, &bits, sizeof power);
  return power;
}

/// Bytes 0 and 1 of n units from the lowest bits of a word; writes whole words.
inline void put_bytes(std::uint8_t* at, int n, std::uint64_t bits) {
  for (; n > 0; n -= 8, at += 8, bits >>= 8) {
    // Copies of a byte, of each copy another bit, and any bit as 1.
    const std::uint64_t spread =
        ((bits & 0xff) * 0x0101010101010101) & 0x8040201008040201;
    const std::uint64_t ones = (spread + 0x7f7f7f7f7f7f7f7f) >> 7 & 0x0101010101010101;
    std::memcpy(at, &ones, 8);
  }
}

/// The other way round: bits of n bytes, each 0 or 1, and 0 up to the next word.
inline std::uint64_t bits_of(const std::uint8_t* at, int n) {
  std::uint64_t bits = 0;
  for (int i = 0; i < n; i += 8) {
    std::uint64_t ones = 0;
    std::memcpy(&ones, at + i, 8);
    bits |= ((ones * 0x0102040810204080) >> 56) << i;
  }
  return bits;
}

/// Of 64 units of a layer from `first` on, those whose piece may not be zero.
inline std::uint64_t loud_units(const FloatLayer& layer, const std::uint8_t* digits,
                                int first) {
  const int n = layer.n_out - first < 64 ? layer.n_out - first : 64;
  if (!layer.plain) return ~std::uint64_t{0} >> (64 - n);
  const std::uint64_t above = bits_of(digits + first, n);
  return (above & layer.loud[1][first / 64]) | (~above & layer.loud[0][first / 64]);
}

}  // namespace polyregions::POLYREGIONS_ISA
