// SPDX-License-Identifier: MIT
// Every header that the fast engines use and that must not be compiled for a special
// instruction set.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "candidates.hpp"
#include "cells.hpp"
#include "crew.hpp"
#include "estimate.hpp"
#include "exact_path.hpp"
#include "fast_engines.hpp"
#include "felt_network.hpp"
#include "float_network.hpp"
#include "isa_choice.hpp"
#include "polyhedron.hpp"
#include "random_stream.hpp"
#include "rational_engine.hpp"
#include "search.hpp"
#include "stack.hpp"
#include "status.hpp"
#include "support.hpp"
#include "tableau.hpp"
#include "trace.hpp"
#include "trail.hpp"
