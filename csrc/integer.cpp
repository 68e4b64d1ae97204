// SPDX-License-Identifier: MIT
#include "integer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "status.hpp"

namespace polyregions {

namespace mp = boost::multiprecision;

namespace {

/// The 53 bits of a finite double as an integer, and the exponent beside it.
std::int64_t mantissa(double value, int& exponent) {
  const double fraction = std::frexp(value, &exponent);
  exponent -= 53;
  return static_cast<std::int64_t>(std::ldexp(fraction, 53));
}

/// |value| as m 2^e with m in [1/2, 1); zero gives 0 and the smallest exponent.
double leading_part(const Integer& value, long& exponent) {
  if (value == 0) {
    exponent = std::numeric_limits<long>::min() / 2;
    return 0.0;
  }
  const Integer magnitude = abs(value);
  const long bits = static_cast<long>(mp::msb(magnitude)) + 1;
  const long shift = bits > 64 ? bits - 64 : 0;
  const auto top =
      static_cast<std::uint64_t>(magnitude >> static_cast<unsigned>(shift));
  exponent = bits;
  const double part =
      std::ldexp(static_cast<double>(top), static_cast<int>(shift - bits));
  return value.sign() < 0 ? -part : part;
}

double clamped_ldexp(double part, long exponent) {
  const long bounded = std::clamp(exponent, -4000L, 4000L);
  return std::ldexp(part, static_cast<int>(bounded));
}

}  // namespace

int dyadic_exponent(double value) {
  if (!std::isfinite(value))
    throw Error(Status::internal, "NaN or infinity in the core");
  if (value == 0.0) return 0;
  int exponent = 0;
  std::int64_t whole = mantissa(value, exponent);
  while ((whole & 1) == 0) {
    whole >>= 1;
    ++exponent;
  }
  return std::max(0, -exponent);
}

Integer dyadic_integer(double value, int exponent) {
  if (value == 0.0) return 0;
  int own = 0;
  const std::int64_t whole = mantissa(value, own);
  const int shift = own + exponent;
  if (shift >= 0) return Integer(whole) << static_cast<unsigned>(shift);
  // The bits shifted out are zeros, for exponent >= dyadic_exponent(value).
  const Integer magnitude =
      Integer(whole < 0 ? -whole : whole) >> static_cast<unsigned>(-shift);
  return whole < 0 ? -magnitude : magnitude;
}

double rounded_quotient(const Integer& numerator, const Integer& denominator) {
  if (numerator == 0) return 0.0;
  // 64 bits of quotient, so that the one rounding left is the conversion's.
  const long shift = static_cast<long>(mp::msb(denominator)) -
                     static_cast<long>(mp::msb(Integer(abs(numerator)))) + 66;
  const Integer magnitude = abs(numerator);
  const Integer quotient =
      shift >= 0 ? (magnitude << static_cast<unsigned>(shift)) / denominator
                 : magnitude / (denominator << static_cast<unsigned>(-shift));
  long exponent = 0;
  const double part = leading_part(quotient, exponent);
  const double value = clamped_ldexp(part, exponent - shift);
  return numerator.sign() < 0 ? -value : value;
}

void scaled_doubles(const Row& row, double* out) {
  std::vector<long> exponents(row.size());
  long largest = std::numeric_limits<long>::min() / 2;
  for (std::size_t k = 0; k < row.size(); ++k) {
    out[k] = leading_part(row[k], exponents[k]);
    if (row[k] != 0) largest = std::max(largest, exponents[k]);
  }
  for (std::size_t k = 0; k < row.size(); ++k) {
    out[k] = row[k] == 0 ? 0.0 : clamped_ldexp(out[k], exponents[k] - largest);
  }
}

bool is_constant(const Row& row) {
  return std::all_of(row.begin() + 1, row.end(),
                     [](const Integer& a) { return a == 0; });
}

bool is_multiple(const Row& a, const Row& b, int& factor_sign) {
  const std::size_t n = a.size();
  std::size_t lead = 0;
  while (lead < n && a[lead] == 0 && b[lead] == 0) ++lead;
  if (lead == n || a[lead] == 0 || b[lead] == 0) return false;
  for (std::size_t k = lead + 1; k < n; ++k) {
    if (sign(a[k]) * sign(b[lead]) != sign(b[k]) * sign(a[lead])) return false;
  }
  for (std::size_t k = lead + 1; k < n; ++k) {
    if (a[k] != 0 && a[k] * b[lead] != b[k] * a[lead]) return false;
  }
  factor_sign = sign(a[lead]) * sign(b[lead]);
  return true;
}

void add_multiple(Row& a, const Integer& factor, const Row& b) {
  if (factor == 0) return;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (b[k] != 0) a[k] += factor * b[k];
  }
}

Row negated(Row row) {
  for (Integer& value : row) value = -value;
  return row;
}

Integer value_at(const Row& row, const std::vector<Integer>& point,
                 const Integer& scale) {
  Integer total = row[0] * scale;
  for (std::size_t k = 0; k < point.size(); ++k) {
    if (row[k + 1] != 0) total += row[k + 1] * point[k];
  }
  return total;
}

void strip_twos(Row& row) {
  unsigned common = std::numeric_limits<unsigned>::max();
  for (const Integer& value : row) {
    if (value != 0) common = std::min<unsigned>(common, mp::lsb(Integer(abs(value))));
  }
  if (common == 0 || common == std::numeric_limits<unsigned>::max()) return;
  for (Integer& value : row) {
    const Integer magnitude = Integer(abs(value)) >> common;
    value = value.sign() < 0 ? -magnitude : magnitude;
  }
}

std::string to_hex(const Integer& value) {
  const Integer magnitude = abs(value);
  const std::string digits = magnitude.str(0, std::ios_base::hex);
  return value.sign() < 0 ? "-" + digits : digits;
}

Integer from_hex(const std::string& text) {
  const bool negative = !text.empty() && text[0] == '-';
  const Integer magnitude("0x" + text.substr(negative ? 1 : 0));
  return negative ? -magnitude : magnitude;
}

}  // namespace polyregions
