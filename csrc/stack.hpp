// SPDX-License-Identifier: MIT
// A stack of plain items that grows and never constructs.
#pragma once

#include <cstddef>
#include <vector>

namespace polyregions {

template <class T>
class Stack {
 public:
  std::size_t size() const { return size_; }

  /// Drop what lies above.
  void resize(std::size_t n) { size_ = n; }

  /// Room for n more items, with whatever they held before; references to the others
  /// are no longer valid.
  T* push(std::size_t n) {
    if (size_ + n > items_.size()) items_.resize(2 * (size_ + n));
    T* const at = items_.data() + size_;
    size_ += n;
    return at;
  }

  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }

 private:
  std::vector<T> items_;
  std::size_t size_ = 0;
};

}  // namespace polyregions
