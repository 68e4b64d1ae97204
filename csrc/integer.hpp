// SPDX-License-Identifier: MIT
// Exact integers, and affine functions with integer coefficients.
//
// Every float64 is a dyadic rational m 2^-e.  A value is kept as an Integer over a
// common positive scale (a power of two, times a denominator on flat domains), so that
// no gcd and no rational is ever needed: only signs matter, and they are the integer's.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace polyregions {

// Boost.Multiprecision: header-only and BSL; 256 bits without an allocation.  GMP's
// pivot is up to 4x faster (benchmarks/integers.py), but its wheel's static library is
// not position independent and its licence would bind ours.
using Integer =
    boost::multiprecision::number<boost::multiprecision::cpp_int_backend<
                                      256, 0, boost::multiprecision::signed_magnitude,
                                      boost::multiprecision::unchecked>,
                                  boost::multiprecision::et_off>;

/// Affine function y -> row[0] + row[1] y_1 + ... + row[d] y_d, up to a positive scale.
using Row = std::vector<Integer>;

/// -1, 0 or 1.
inline int sign(const Integer& value) { return value.sign(); }

/// 2^exponent.
inline Integer power_of_two(unsigned exponent) {
  Integer value = 0;
  bit_set(value, exponent);
  return value;
}

/// Smallest e >= 0 for which value 2^e is an integer; value finite.
int dyadic_exponent(double value);

/// value 2^exponent, exactly; exponent >= dyadic_exponent(value).
Integer dyadic_integer(double value, int exponent);

/// Nearest double of numerator / denominator up to an ulp or two (a hint, or a view for
/// people); denominator > 0.
double rounded_quotient(const Integer& numerator, const Integer& denominator);

/// The row divided by its largest magnitude, as doubles: a hint for float programs.
void scaled_doubles(const Row& row, double* out);

/// True when every coefficient but the constant is zero.
bool is_constant(const Row& row);

/// True when the rows are equal up to a factor; `factor_sign` receives its sign.  Zero
/// rows are parallel to nothing.
bool is_multiple(const Row& a, const Row& b, int& factor_sign);

/// a += factor * b
void add_multiple(Row& a, const Integer& factor, const Row& b);

Row negated(Row row);

/// row[0] * scale + row[1..] . point, the value at point / scale up to the scale.
Integer value_at(const Row& row, const std::vector<Integer>& point,
                 const Integer& scale);

/// Divide by the largest common power of two and, cheaply, nothing else.
void strip_twos(Row& row);

/// Hexadecimal, with a leading minus for negative numbers.
std::string to_hex(const Integer& value);
Integer from_hex(const std::string& text);

}  // namespace polyregions
