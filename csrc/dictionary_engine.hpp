// SPDX-License-Identifier: MIT
// engine="dictionary": depth-first search in which every node keeps one floating-point
// dictionary, for any rank.
//
// A function that does not cut a cell is proved not to (Dictionary::prove_sign, or
// exact integers); that it cuts is only supposed, and every leaf is shown not to be
// empty by a witness (witness.hpp, or exact integers).  A cell with two leaves below it
// on either side was cut, so nothing is left unproved: the count is exact.
#pragma once

#include "cells.hpp"

namespace polyregions {

/// True when domain and first cutting layer together make pointed cells.
bool dictionary_engine_applies(const Problem& problem);

/// Count the activation regions; with `store` keep them, sorted.
Enumeration enumerate_dictionary(const Problem& problem, Monitor& monitor, bool store);

}  // namespace polyregions
