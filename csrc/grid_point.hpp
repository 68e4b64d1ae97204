// SPDX-License-Identifier: MIT
// A point with few bits inside a cell, near one that is far inside.  Trace::find_dyadic
// does the same for every machine.
#pragma once

#include <cmath>
#include <cstdint>

#include "isa.hpp"
#include "lanes.hpp"
#include "trace.hpp"

namespace polyregions::POLYREGIONS_ISA {

/// Of grids as wide as `near` is inside, and finer ones, the first whose nearest point
/// certainly is inside, or none.  `slack`: how far inside, in steps of a coordinate,
/// roughly.  `at`: room for the coordinates.
template <class IsInside>
void find_grid_point(const double* near, int dim, double slack, double* at,
                     Trace::Dyadic& out, const IsInside& is_inside) {
  out.numerators.clear();
  if (!(slack > 0x1p-40) || !(slack < 0x1p40)) return;
  const int first = -1 - std::ilogb(slack);
  for (int e = first; e < first + 6; ++e) {
    const double one = power_of_2(e), per = power_of_2(-e);
    out.exponent = e;
    out.numerators.resize(dim);
    for (int k = 0; k < dim; ++k) {
      const double n = std::rint(near[k] * one);
      if (!(std::fabs(n) < 0x1p52)) return out.numerators.clear();
      out.numerators[k] = static_cast<std::int64_t>(n);
      at[k] = n * per;
    }
    if (is_inside(at)) return;
  }
  out.numerators.clear();
}

}  // namespace polyregions::POLYREGIONS_ISA
