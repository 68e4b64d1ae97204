// SPDX-License-Identifier: MIT
// Errors of the core.  Every throw is an Error with a Status; the one translator of
// _core.pyx turns it into the Python class of polyregions/errors.py.
#pragma once

#include <stdexcept>
#include <string>

namespace polyregions {

enum class Status : int {
  invalid_network = 1,
  invalid_domain = 2,
  invalid_argument = 3,
  solver = 4,
  internal = 5,
  out_of_memory = 6,
  unforeseen = 7,
};

struct Error : std::runtime_error {
  Error(Status status_, const std::string& what)
      : std::runtime_error(what), status(status_) {}
  Status status;
};

/// Status of the exception in flight; `what` is its message, which lives as long as
/// the exception does.  Call it only inside a catch block (Cython's `except +` is
/// one).  It needs no memory, for there may be none.
int status_in_flight(const char*& what) noexcept;

}  // namespace polyregions
