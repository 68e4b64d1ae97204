// SPDX-License-Identifier: MIT
// The kernel of every exact decision, one entry of a fraction-free pivot
// (a p - b q) / D, in Boost.Multiprecision and in GMP.  Run by integers.py.
#include <gmp.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

namespace mp = boost::multiprecision;

// INLINE_BITS: how many bits an integer holds before it allocates.
template <unsigned INLINE_BITS>
using Boost = mp::number<mp::cpp_int_backend<INLINE_BITS>, mp::et_off>;

template <class Body>
double nanoseconds(int repeats, Body body) {
  const auto start = std::chrono::steady_clock::now();
  for (int k = 0; k < repeats; ++k) body();
  const std::chrono::duration<double, std::nano> spent =
      std::chrono::steady_clock::now() - start;
  return spent.count() / repeats;
}

template <class Integer>
Integer random_integer(std::mt19937_64& stream, unsigned bits) {
  Integer value = 0;
  for (unsigned done = 0; done < bits; done += 32) {
    value = (value << 32) + static_cast<std::uint32_t>(stream());
  }
  return value;
}

template <unsigned INLINE_BITS>
double boost_pivot(unsigned bits) {
  using Integer = Boost<INLINE_BITS>;
  std::mt19937_64 stream(7);
  constexpr int n = 64;
  std::vector<Integer> a, b, out(n);
  const Integer divisor = random_integer<Integer>(stream, bits);
  const Integer p = random_integer<Integer>(stream, bits) * divisor;
  const Integer q = random_integer<Integer>(stream, bits) * divisor;
  for (int i = 0; i < n; ++i) {
    a.push_back(random_integer<Integer>(stream, bits));
    b.push_back(random_integer<Integer>(stream, bits));
  }
  return nanoseconds(2000,
                     [&] {
                       for (int i = 0; i < n; ++i)
                         out[i] = (a[i] * p - b[i] * q) / divisor;
                     }) /
         n;
}

double gmp_pivot(unsigned bits) {
  gmp_randstate_t state;
  gmp_randinit_default(state);
  constexpr int n = 64;
  mpz_t a[n], b[n], out[n], divisor, p, q, left, right;
  mpz_inits(divisor, p, q, left, right, nullptr);
  const auto draw = [&](mpz_t& z) {
    mpz_init(z);
    mpz_urandomb(z, state, bits);
    mpz_add_ui(z, z, 1);
  };
  draw(divisor);
  draw(p);
  draw(q);
  mpz_mul(p, p, divisor);
  mpz_mul(q, q, divisor);
  for (int i = 0; i < n; ++i) {
    draw(a[i]);
    draw(b[i]);
    mpz_init(out[i]);
  }
  return nanoseconds(2000,
                     [&] {
                       for (int i = 0; i < n; ++i) {
                         mpz_mul(left, a[i], p);
                         mpz_mul(right, b[i], q);
                         mpz_sub(left, left, right);
                         mpz_divexact(out[i], left, divisor);
                       }
                     }) /
         n;
}

int main() {
  std::printf("[");
  bool first = true;
  for (unsigned bits : {32u, 64u, 128u, 256u, 512u, 1024u}) {
    std::printf(
        "%s\n  {\"bits\": %u, \"boost_ns\": %.1f, \"boost_inline_256_ns\": %.1f, "
        "\"boost_inline_512_ns\": %.1f, \"gmp_ns\": %.1f}",
        first ? "" : ",", bits, boost_pivot<0>(bits), boost_pivot<256>(bits),
        boost_pivot<512>(bits), gmp_pivot(bits));
    first = false;
  }
  std::printf("\n]\n");
}
