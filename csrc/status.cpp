// SPDX-License-Identifier: MIT
#include "status.hpp"

#include <new>

namespace polyregions {

int status_in_flight(const char*& what) noexcept {
  try {
    throw;
  } catch (const Error& error) {
    what = error.what();
    return static_cast<int>(error.status);
  } catch (const std::bad_alloc&) {
    what = "out of memory; pass max_bytes or a smaller domain";
    return static_cast<int>(Status::out_of_memory);
  } catch (const std::exception& error) {
    what = error.what();
    return static_cast<int>(Status::unforeseen);
  } catch (...) {
    what = "of a type of its own";
    return static_cast<int>(Status::unforeseen);
  }
}

}  // namespace polyregions
