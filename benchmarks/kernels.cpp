// SPDX-License-Identifier: MIT
// Micro-benchmarks of exact integers (integer.hpp) and residues (residues.hpp).  Run by
// kernels.py.  Every result is compared with a plain version before it is timed.
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "harness.hpp"
#include "integer.hpp"
#include "residues.hpp"

namespace pr = polyregions;
using harness::report;
using pr::Integer;
using pr::Row;

namespace {

Integer random_integer(std::mt19937_64& stream, unsigned bits) {
  Integer value = 1;
  for (unsigned done = 1; done < bits; ++done) {
    value = (value << 1) + static_cast<unsigned>(stream() & 1);
  }
  return (stream() & 1) != 0 ? -value : value;
}

Row random_row(std::mt19937_64& stream, std::size_t n, unsigned bits) {
  Row out;
  for (std::size_t k = 0; k < n; ++k) out.push_back(random_integer(stream, bits));
  return out;
}

/// Fraction-free elimination (Bareiss 1968): every entry stays a minor.
Integer determinant(std::vector<Row> m) {
  Integer previous = 1;
  const std::size_t n = m.size();
  for (std::size_t p = 0; p + 1 < n; ++p) {
    if (m[p][p] == 0) return 0;  // not with the random entries used here
    for (std::size_t i = p + 1; i < n; ++i) {
      for (std::size_t k = p + 1; k < n; ++k) {
        m[i][k] = (m[i][k] * m[p][p] - m[i][p] * m[p][k]) / previous;
      }
    }
    previous = m[p][p];
  }
  return m[n - 1][n - 1];
}

Integer determinant_by_expansion(const std::vector<Row>& m) {
  if (m.size() == 1) return m[0][0];
  Integer total = 0;
  for (std::size_t c = 0; c < m.size(); ++c) {
    std::vector<Row> minor;
    for (std::size_t i = 1; i < m.size(); ++i) {
      minor.push_back(m[i]);
      minor.back().erase(minor.back().begin() + static_cast<std::ptrdiff_t>(c));
    }
    const Integer term = m[0][c] * determinant_by_expansion(minor);
    total = c % 2 == 0 ? Integer(total + term) : Integer(total - term);
  }
  return total;
}

void determinants(int n, unsigned bits) {
  std::mt19937_64 stream(4);
  std::vector<Row> m;
  for (int i = 0; i < n; ++i) m.push_back(random_row(stream, n, bits));
  Integer sink;
  report("determinant " + std::to_string(n) + "x" + std::to_string(n) + ", " +
             std::to_string(bits) + " bits",
         determinant(m) == determinant_by_expansion(m), [&] { sink = determinant(m); });
}

void integer_rows(std::size_t n, unsigned bits, const std::string& size) {
  std::mt19937_64 stream(5);
  const Row a = random_row(stream, n, bits), b = random_row(stream, n, bits);
  const Integer factor = random_integer(stream, bits);
  const std::vector<Integer> point(b.begin() + 1, b.end());
  Row sum = a;
  pr::add_multiple(sum, factor, b);
  bool right = true;
  Integer dot = a[0] * factor;
  for (std::size_t k = 0; k < n; ++k) {
    right = right && sum[k] == a[k] + factor * b[k];
    if (k > 0) dot += a[k] * b[k];
  }
  Row work;
  report("add_multiple" + size, right, [&] {
    work = a;
    pr::add_multiple(work, factor, b);
  });
  Integer sink;
  report("value_at" + size, pr::value_at(a, point, factor) == dot,
         [&] { sink = pr::value_at(a, point, factor); });
  Row scaled = a;
  for (Integer& value : scaled) value *= factor;
  int turn = 0;
  right = pr::is_multiple(a, scaled, turn) && turn == pr::sign(factor) &&
          !pr::is_multiple(a, b, turn);
  report("is_multiple" + size, right, [&] { pr::is_multiple(a, scaled, turn); });
  std::uint64_t key = 0;
  right = pr::direction_key(a, 0) == pr::direction_key(scaled, 0) &&
          pr::direction_key(a, 0) != pr::direction_key(b, 0);
  report("direction_key" + size, right, [&] { key = pr::direction_key(a, 0); });
}

void conversions() {
  const double value = 0x1.23456789abcdfp-20;
  const int exponent = pr::dyadic_exponent(value);
  const Integer whole = pr::dyadic_integer(value, exponent);
  const Integer scale = pr::power_of_two(static_cast<unsigned>(exponent));
  Integer sink;
  report("dyadic_integer", std::ldexp(static_cast<double>(whole), -exponent) == value,
         [&] { sink = pr::dyadic_integer(value, exponent); });
  double back = 0.0;
  report("rounded_quotient", pr::rounded_quotient(whole, scale) == value,
         [&] { back = pr::rounded_quotient(whole, scale); });
}

void residues() {
  namespace mod = pr::mod;
  std::mt19937_64 stream(6);
  std::uint64_t a = stream() % mod::prime, b = stream() % mod::prime;
  const auto product = static_cast<unsigned __int128>(a) * b % mod::prime;
  const std::uint64_t start = a;
  report("mod::times", mod::times(a, b) == static_cast<std::uint64_t>(product),
         [&] { a = mod::times(a, b); });
  report("mod::inverse", mod::times(mod::inverse(start), start) == 1,
         [&] { b = mod::inverse(b); });
  const Integer large = random_integer(stream, 200);
  const Integer rest = (large % mod::prime + mod::prime) % mod::prime;
  report("mod::residue, 200 bits", mod::residue(large) == rest,
         [&] { a = mod::residue(large); });
}

}  // namespace

int main() {
  for (const unsigned bits : {53u, 200u, 600u}) {
    integer_rows(6, bits, " of 6, " + std::to_string(bits) + " bits");
    determinants(4, bits);
  }
  determinants(6, 53);
  conversions();
  residues();
}
