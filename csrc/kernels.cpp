// SPDX-License-Identifier: MIT
#include "kernels.hpp"

#include <cmath>

#include "float_network.hpp"

// One body, compiled for several vector lengths and chosen when the program starts.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && \
    !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&          \
    !defined(__SANITIZE_THREAD__)
#define POLYREGIONS_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define POLYREGIONS_CLONES
#endif

namespace polyregions {

POLYREGIONS_CLONES
void add_column(double* __restrict block, const double* __restrict column,
                const double* __restrict magnitude, const double* __restrict h,
                double total, int dim, int stride) {
  for (int k = 0; k <= dim; ++k) {
    double* __restrict out = block + static_cast<std::size_t>(k) * stride;
    const double factor = h[k];
    for (int i = 0; i < stride; ++i) out[i] += column[i] * factor;
  }
  double* __restrict out = block + static_cast<std::size_t>(dim + 1) * stride;
  for (int i = 0; i < stride; ++i) out[i] += magnitude[i] * total;
}

POLYREGIONS_CLONES
void extend_range(const double* __restrict block, const double* __restrict x, int dim,
                  int stride, double* __restrict low, double* __restrict high) {
  for (int i = 0; i < stride; ++i) {
    double value = block[i] * x[0];
    for (int k = 1; k <= dim; ++k) {
      value += block[static_cast<std::size_t>(k) * stride + i] * x[k];
    }
    low[i] = value < low[i] ? value : low[i];
    high[i] = value > high[i] ? value : high[i];
  }
}

POLYREGIONS_CLONES
void value_radii(const double* __restrict block, double radius, int dim, int stride,
                 double* __restrict out) {
  const double* __restrict radii = block + static_cast<std::size_t>(dim + 1) * stride;
  const double of_row = 1.0001 * (dim + 1) * (1.0 + radius);
  const double of_point = 1.0001 * (radius + (dim + 3) * unit_roundoff);
  for (int i = 0; i < stride; ++i) {
    double norm = std::fabs(block[i]);
    for (int k = 1; k <= dim; ++k) {
      norm += std::fabs(block[static_cast<std::size_t>(k) * stride + i]);
    }
    // Rows of extreme size, and NaN, are left to the careful path.
    const bool ordinary = norm > 0x1p-900 && norm < 0x1p900;
    out[i] = ordinary ? of_row * radii[i] + of_point * norm : INFINITY;
  }
}

}  // namespace polyregions
