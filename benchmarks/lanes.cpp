// SPDX-License-Identifier: MIT
// Micro-benchmarks of the loops over units and of cone arithmetic (lanes.hpp, cone.hpp,
// row_blocks.hpp), which are compiled for one instruction set at a time.  Run by
// kernels.py, which names it.  Every result is checked before it is timed.
#include "lanes.hpp"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "cone.hpp"
#include "farkas.hpp"
#include "harness.hpp"
#include "network.hpp"
#include "row_blocks.hpp"

namespace pr = polyregions;
namespace isa = polyregions::POLYREGIONS_ISA;
using harness::report;

namespace {

using Doubles = std::vector<double>;

Doubles random_doubles(std::mt19937_64& stream, std::size_t n) {
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  Doubles out(n);
  for (double& value : out) value = uniform(stream);
  return out;
}

/// What is left of a function without the multiples of dim walls.
void rest(int dim) {
  std::mt19937_64 stream(1);
  const std::size_t width = isa::padded_width(dim);
  Doubles g = random_doubles(stream, width), plain = g, left(width);
  const Doubles multipliers = random_doubles(stream, dim);
  const Doubles rows = random_doubles(stream, dim * width);
  for (std::size_t k = dim + 1; k < width; ++k) plain[k] = 0.0;
  for (int j = 0; j < dim; ++j) {
    for (std::size_t k = 0; k < width; ++k) {
      plain[k] += -multipliers[j] * rows[j * width + k];
    }
  }
  const auto run = [&] {
    isa::Rest all(dim, left.data());
    all.begin(g.data(), 1.0, 0.0);
    for (int j = 0; j < dim; ++j) {
      all.take(multipliers[j], {rows.data() + j * width, 0.0, 1.0, 0.0, 0.0});
    }
  };
  run();
  report("rest d" + std::to_string(dim),
         std::equal(plain.begin(), plain.begin() + dim + 1, left.begin()), run);
}

template <int D>
isa::ScaledRow<D> random_wall(std::mt19937_64& stream) {
  return isa::scaled_row<D>(random_doubles(stream, D + 1).data(), 0x1p-50);
}

/// The vertex of D walls.
template <int D>
void cross_product() {
  std::mt19937_64 stream(2);
  isa::ScaledRow<D> walls[D];
  const isa::ScaledRow<D>* rows[D];
  for (int i = 0; i < D; ++i) {
    walls[i] = random_wall<D>(stream);
    rows[i] = &walls[i];
  }
  isa::Generator<D> vertex;
  bool right = isa::cross_product<D>(rows, vertex);
  for (const auto& wall : walls) {
    const double off = std::fabs(isa::value_of(wall, vertex));
    right = right && off <= isa::value_radius(wall, vertex.radius);
  }
  report("cross_product d" + std::to_string(D), right,
         [&] { isa::cross_product<D>(rows, vertex); });
}

/// One row at 64 generators: the range of its signs.
template <int D>
void values() {
  std::mt19937_64 stream(3);
  std::vector<isa::Generator<D>> generators(64);
  for (auto& g : generators) {
    const Doubles x = random_doubles(stream, D + 1);
    std::copy(x.begin(), x.end(), g.x);
    g.radius = 0x1p-50;
  }
  const isa::ScaledRow<D> row = random_wall<D>(stream);
  int expected = 0, above = 0;
  for (const auto& g : generators) {
    double value = row.r[0] * g.x[0];
    for (int k = 1; k <= D; ++k) value += row.r[k] * g.x[k];
    expected += value > isa::value_radius(row, g.radius);
  }
  const auto run = [&] {
    above = 0;
    for (const auto& g : generators) {
      above += isa::value_of(row, g) > isa::value_radius(row, g.radius);
    }
  };
  run();
  report("64 values d" + std::to_string(D), above == expected, run);
}

pr::FloatNetwork relu_network(int width) {
  std::mt19937_64 stream(4);
  pr::Network network;
  network.n_inputs = width;
  pr::Activation relu;
  relu.breakpoints = {0.0};
  relu.slopes = {0.0, 1.0};
  for (int l = 0; l < 2; ++l) {
    const Doubles weight =
        random_doubles(stream, static_cast<std::size_t>(width) * width);
    const Doubles bias = random_doubles(stream, width);
    pr::add_layer(network, weight.data(), bias.data(), width, width, true,
                  std::vector<pr::Activation>(width, relu));
  }
  return pr::float_network(network);
}

/// 16 live units of a layer go into all rows of the next one.
void add_noted(int dim, int width) {
  constexpr int noted = 16;
  const pr::FloatNetwork floats = relu_network(width);
  const pr::FloatLayer& after = floats.layers[1];
  isa::RowBlocks blocks(floats, dim);
  std::vector<isa::UnitCoordinate> coordinate(width);
  for (int unit = 0; unit < width; ++unit) coordinate[unit].number = unit % dim + 1;
  const std::size_t own = blocks.coordinates(0, coordinate);
  const std::size_t next = blocks.biases(1);
  Doubles plain(blocks.data(next), blocks.data(next) + (dim + 1) * after.stride);
  for (int unit = 0; unit < noted; ++unit) {
    for (int i = 0; i < width; ++i) {
      plain[coordinate[unit].number * after.stride + i] +=
          after.columns[static_cast<std::size_t>(unit) * after.stride + i];
    }
  }
  const std::vector<std::uint8_t> digits(width, 1);
  const auto run = [&] {
    blocks.contribute(0, 0, (1u << noted) - 1, digits.data(), own);
    blocks.add_noted(0, next);
  };
  run();
  report("add_noted 16 units, d" + std::to_string(dim) + ", " + std::to_string(width) +
             " wide",
         std::equal(plain.begin(), plain.end(), blocks.data(next)), run);
}

}  // namespace

int main() {
  for (const int dim : {3, 7, 10}) rest(dim);
  cross_product<2>();
  cross_product<3>();
  cross_product<5>();
  values<2>();
  values<3>();
  values<5>();
  add_noted(2, 64);
  add_noted(2, 256);
  add_noted(3, 64);
  add_noted(5, 24);
}
