// SPDX-License-Identifier: MIT
// One body for several instruction sets.
//
// The fast engines are header files in the namespace POLYREGIONS_ISA.  Each of
// fast_engines_*.cpp includes the headers of the standard library and of the exact
// core, names an instruction set, and then includes the engines: only what lies in the
// namespace is compiled for it, so no inline function of a library can leak into a
// program that runs on an older machine.
#pragma once

// POLYREGIONS_LANES doubles fill one of its registers.
#if !defined(POLYREGIONS_ISA) || !defined(POLYREGIONS_LANES)
#error "name an instruction set first: see fast_engines_baseline.cpp"
#endif

namespace polyregions::POLYREGIONS_ISA {

// A build of the benchmarks takes floating point at its word, to see what proofs cost.
#if defined(POLYREGIONS_UNPROVED)
constexpr bool proves_everything = false;
#else
constexpr bool proves_everything = true;
#endif

}  // namespace polyregions::POLYREGIONS_ISA
