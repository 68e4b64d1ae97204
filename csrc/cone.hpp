// SPDX-License-Identifier: MIT
// Cells of low rank as pointed cones: homogeneous generators with rigorous radii.
//
// A cell {r_i(y) > 0} of R^D is the cone {x in R^(D+1) : x0 >= 0, r_i(x) >= 0} without
// its boundary; generators with x0 > 0 are vertices, with x0 = 0 rays.  Notation of
// every bound below: u = 2^-53, a row r has max |r_k| <= 1 and radius E (each
// coefficient is within E of the real one), a generator x has max |x_k| <= 1 and radius
// rho.  Rows and generators are scaled by powers of two, which is exact.
//
//  (sign)    |fl(r.x) - r.x| <= (D+1) E (1 + rho) + |r|_1 (rho + (D+3) u) + 2^-1000:
//            coefficient errors, coordinate errors, and D+1 products with D additions.
//  (vertex)  a generator is the generalised cross product of D incident rows, never a
//            point interpolated along an edge, whose radius would grow along chains.
//            A minor of order D is a sum of D! products, so it is off by at most
//            D! (sum_i E_i + C u), C = D (D+1) / 2 + 1 roundings along each path.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "float_network.hpp"
#include "isa.hpp"

namespace polyregions::POLYREGIONS_ISA {

constexpr double tiny = 0x1p-1000;  // covers every underflow of scaled quantities

/// Row of a hyperplane, scaled to max |r_k| in [1/2, 1).
template <int D>
struct ScaledRow {
  double r[D + 1];
  double radius = 0.0;
  double norm1 = 0.0;
  bool valid = false;  // false: zero, infinite or NaN; only exact integers serve
};

/// Where D walls meet; it never changes once made.
template <int D>
struct Generator {
  double x[D + 1];
  double radius = 0.0;
  std::uint8_t defining[D];  // slots of D independent walls through it
  bool is_ray = false;       // it lies on the wall at infinity, exactly
};

/// The power of two that takes a normal positive number below 2^1000 to [1/2, 1).
inline double normaliser(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  bits = (2045 - (bits >> 52 & 2047)) << 52;
  double factor = 0.0;
  std::memcpy(&factor, &bits, sizeof factor);
  return factor;
}

/// A row as it comes; sizes that could under- or overflow are not valid.
template <int D>
ScaledRow<D> raw_row(const double* values, double radius) {
  ScaledRow<D> out;
  for (int k = 0; k <= D; ++k) {
    out.r[k] = values[k];
    out.norm1 += std::fabs(values[k]);
  }
  out.radius = radius;
  out.valid = out.norm1 > 0x1p-900 && out.norm1 < 0x1p900 && radius < 0x1p900;
  return out;
}

/// Scale row and radius by the same power of two; marks rows that cannot be used.
template <int D>
ScaledRow<D> scaled_row(const double* values, double radius) {
  ScaledRow<D> out;
  double largest = 0.0;
  bool finite = radius < INFINITY;
  for (int k = 0; k <= D; ++k) {
    finite = finite && std::fabs(values[k]) < INFINITY;
    largest = std::fabs(values[k]) > largest ? std::fabs(values[k]) : largest;
  }
  if (!finite || largest < 0x1p-900 || largest > 0x1p900) return out;
  const double factor = normaliser(largest);
  for (int k = 0; k <= D; ++k) {
    out.r[k] = values[k] * factor;
    out.norm1 += std::fabs(out.r[k]);
  }
  out.radius = radius * factor + tiny;
  out.valid = out.radius < 0.125;
  return out;
}

template <int D>
double value_of(const ScaledRow<D>& row, const Generator<D>& g) {
  double total = row.r[0] * g.x[0];
  for (int k = 1; k <= D; ++k) total += row.r[k] * g.x[k];
  return total;
}

/// Bound (sign); the last factor covers the roundings of the bound itself.
template <int D>
double value_radius(const ScaledRow<D>& row, double generator_radius) {
  return 1.0001 * ((D + 1) * row.radius * (1.0 + generator_radius) +
                   row.norm1 * (generator_radius + (D + 3) * unit_roundoff)) +
         tiny;
}

/// Minors of the rows' first K columns sets: minors[set] for |set| == K, by expansion
/// along the last row.  Everything but the arithmetic is known at compile time.
template <int D, int K>
void grow_minors(const ScaledRow<D>* const* rows, double* minors) {
  if constexpr (K > 1) grow_minors<D, K - 1>(rows, minors);
  constexpr unsigned full = (1u << (D + 1)) - 1;
#pragma GCC unroll 64
  for (unsigned set = 1; set <= full; ++set) {
    if (__builtin_popcount(set) != K) continue;
    double total = 0.0;
    int place = 0;
#pragma GCC unroll 8
    for (int c = 0; c <= D; ++c) {
      if ((set >> c & 1u) == 0) continue;
      const double minor = K == 1 ? 1.0 : minors[set & ~(1u << c)];
      const double term = rows[K - 1]->r[c] * minor;
      total = (K - 1 + place) % 2 == 0 ? total + term : total - term;
      ++place;
    }
    minors[set] = total;
  }
}

/// Generalised cross product of D scaled rows by minors of growing order.  False when
/// it is not certainly different from 0.
template <int D>
bool cross_product(const ScaledRow<D>* const* rows, Generator<D>& out) {
  constexpr unsigned full = (1u << (D + 1)) - 1;
  double minors[full + 1];
  grow_minors<D, D>(rows, minors);
  double radius = 0.0;
  int factorial = 1;
  for (int k = 0; k < D; ++k) {
    factorial *= k + 1;
    radius += rows[k]->radius;
  }
  constexpr double roundings = D * (D + 1) / 2 + 1;
  // 1.1: products of the radii, which stay below 1/16 where the result is used.
  radius = 1.1 * factorial * (radius + roundings * unit_roundoff) + tiny;
  double largest = 0.0;
  for (int c = 0; c <= D; ++c) {
    const double minor = minors[full & ~(1u << c)];
    out.x[c] = c % 2 == 0 ? minor : -minor;
    largest = std::fabs(minor) > largest ? std::fabs(minor) : largest;
  }
  if (!(largest > 16.0 * radius)) return false;
  const double factor = normaliser(largest);
  for (int c = 0; c <= D; ++c) out.x[c] *= factor;
  out.radius = radius * factor;
  return true;
}

}  // namespace polyregions::POLYREGIONS_ISA
