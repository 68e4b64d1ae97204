// SPDX-License-Identifier: MIT
#include "status.hpp"

#include <new>

namespace polyregions {

int status_in_flight(std::string& what) {
  try {
    throw;
  } catch (const Error& error) {
    what = error.what();
    return static_cast<int>(error.status);
  } catch (const std::bad_alloc&) {
    what = "out of memory; pass max_bytes or a smaller domain";
    return static_cast<int>(Status::out_of_memory);
  } catch (const std::exception& error) {
    what = std::string("unforeseen C++ exception: ") + error.what();
    return static_cast<int>(Status::unforeseen);
  } catch (...) {
    what = "unforeseen C++ exception";
    return static_cast<int>(Status::unforeseen);
  }
}

}  // namespace polyregions
