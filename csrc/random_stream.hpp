// SPDX-License-Identifier: MIT
// xoshiro256++ (Blackman, Vigna 2019): a stream of random numbers, the same on every
// machine.
#pragma once

#include <cmath>
#include <cstdint>

namespace polyregions {

class RandomStream {
 public:
  /// `seed`: four words, not all zero, as numpy's SeedSequence gives them.
  explicit RandomStream(const std::uint64_t* seed)
      : state_{seed[0], seed[1], seed[2], seed[3]} {}

  std::uint64_t next() {
    const std::uint64_t out = rotated(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotated(state_[3], 45);
    return out;
  }

  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// In [0, n), n < 2^32.
  std::uint64_t below(std::uint64_t n) {
    const std::uint64_t bound = (std::uint64_t{1} << 32) / n * n;
    while (true) {
      const std::uint64_t draw = next() >> 32;
      if (draw < bound) return draw % n;
    }
  }

  double normal() {  // Box, Muller
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * 3.14159265358979323846 * uniform());
  }

 private:
  static std::uint64_t rotated(std::uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
  }
  std::uint64_t state_[4];
};

}  // namespace polyregions
