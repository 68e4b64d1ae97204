// SPDX-License-Identifier: MIT
#include "highs.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "status.hpp"

namespace polyregions {

namespace {

using HighsInt = int;  // the wheel is built with 32-bit indices
constexpr HighsInt status_ok = 0, status_warning = 1;
constexpr HighsInt model_optimal = 7;
constexpr HighsInt row_wise = 2;
constexpr HighsInt minimize = 1, maximize = -1;
// Duals above this propose a row for a support; a wrong choice costs time only.
constexpr double support_threshold = 1e-9;

}  // namespace

struct Solver::Library {
  void* handle = nullptr;
  void* (*create)() = nullptr;
  void (*destroy)(void*) = nullptr;
  HighsInt (*run)(void*) = nullptr;
  HighsInt (*clear_solver)(void*) = nullptr;
  HighsInt (*model_status)(const void*) = nullptr;
  HighsInt (*set_bool)(void*, const char*, HighsInt) = nullptr;
  HighsInt (*set_int)(void*, const char*, HighsInt) = nullptr;
  HighsInt (*set_string)(void*, const char*, const char*) = nullptr;
  HighsInt (*solution)(const void*, double*, double*, double*, double*) = nullptr;
  HighsInt (*pass_lp)(void*, HighsInt, HighsInt, HighsInt, HighsInt, HighsInt, double,
                      const double*, const double*, const double*, const double*,
                      const double*, const HighsInt*, const HighsInt*,
                      const double*) = nullptr;

  explicit Library(const std::string& path) {
    handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      throw Error(Status::solver,
                  "the HiGHS library cannot be loaded: " + std::string(dlerror()) +
                      "; reinstall highspy, or pass engine='rational'");
    }
    find(create, "Highs_create");
    find(destroy, "Highs_destroy");
    find(run, "Highs_run");
    find(clear_solver, "Highs_clearSolver");
    find(model_status, "Highs_getModelStatus");
    find(set_bool, "Highs_setBoolOptionValue");
    find(set_int, "Highs_setIntOptionValue");
    find(set_string, "Highs_setStringOptionValue");
    find(solution, "Highs_getSolution");
    find(pass_lp, "Highs_passLp");
  }

  template <class Function>
  void find(Function& function, const char* name) {
    function = reinterpret_cast<Function>(dlsym(handle, name));
    if (function == nullptr) {
      throw Error(Status::solver, std::string("the HiGHS library has no ") + name +
                                      "; install highspy 1.10 or later");
    }
  }
};

/// Free columns below `upper`, rows >= row_lower; row-wise matrix.
struct Solver::Program {
  HighsInt n_columns, n_rows, sense;
  std::vector<double> cost, upper, row_lower, values;
  std::vector<HighsInt> starts, indices;
};

Solver::Solver(const std::string& library, Hints hints, std::uint64_t seed)
    : library_(std::make_unique<Library>(library)), hints_(hints), stream_(seed) {
  instance_ = library_->create();
  library_->set_bool(instance_, "output_flag", 0);
  library_->set_int(instance_, "threads", 1);
  library_->set_string(instance_, "solver", "simplex");
  library_->set_string(instance_, "presolve", "off");
}

Solver::~Solver() {
  library_->destroy(instance_);
  // The library stays loaded: other users of the process may share it.
}

bool Solver::solve_once(const Program& p, bool from_scratch, std::vector<double>& x,
                        std::vector<double>& duals) {
  if (from_scratch) library_->clear_solver(instance_);
  library_->set_string(instance_, "presolve", from_scratch ? "on" : "off");
  const std::vector<double> lower(p.n_columns,
                                  -std::numeric_limits<double>::infinity());
  const std::vector<double> row_upper(p.n_rows,
                                      std::numeric_limits<double>::infinity());
  const HighsInt passed = library_->pass_lp(
      instance_, p.n_columns, p.n_rows, static_cast<HighsInt>(p.values.size()),
      row_wise, p.sense, 0.0, p.cost.data(), lower.data(), p.upper.data(),
      p.row_lower.data(), row_upper.data(), p.starts.data(), p.indices.data(),
      p.values.data());
  if (passed != status_ok && passed != status_warning) return false;
  if (library_->run(instance_) != status_ok) return false;
  if (library_->model_status(instance_) != model_optimal) return false;
  x.assign(p.n_columns, 0.0);
  duals.assign(p.n_rows, 0.0);
  std::vector<double> column_duals(p.n_columns), row_values(p.n_rows);
  library_->solution(instance_, x.data(), column_duals.data(), row_values.data(),
                     duals.data());
  return std::all_of(x.begin(), x.end(), [](double v) { return std::isfinite(v); });
}

bool Solver::solve(const Program& program, std::vector<double>& x,
                   std::vector<double>& duals) {
  ++calls;
  if (solve_once(program, false, x, duals)) return true;
  if (solve_once(program, true, x, duals)) return true;
  ++unknowns;
  return false;
}

Proposal Solver::spoilt(int dim, int n_rows) {
  Proposal proposal;
  ++calls;
  if (hints_ == Hints::unknown) {
    ++unknowns;
    return proposal;
  }
  std::uniform_real_distribution<double> coordinate(-2.0, 2.0);
  switch (stream_() % 3) {
    case 0:
      proposal.kind = Proposal::Kind::point;
      for (int k = 0; k < dim; ++k) proposal.point.push_back(coordinate(stream_));
      break;
    case 1:
      proposal.kind = Proposal::Kind::support;
      for (int i = 0; i < n_rows; ++i) {
        if (stream_() % 2 == 0) proposal.support.push_back(i);
      }
      break;
    default:
      break;
  }
  return proposal;
}

void Solver::spoil(std::vector<double>& point) {
  std::uniform_real_distribution<double> coordinate(-2.0, 2.0);
  for (double& y : point) {
    if (hints_ == Hints::unknown) y = std::numeric_limits<double>::quiet_NaN();
    if (hints_ == Hints::lies) y = coordinate(stream_);
  }
}

Proposal Solver::interior(int dim, const std::vector<double>& rows) {
  const int width = dim + 1;
  const int n = static_cast<int>(rows.size()) / width;
  if (hints_ != Hints::honest) return spoilt(dim, n);
  Program p{dim + 1, n, maximize, {}, {}, {}, {}, {0}, {}};
  p.cost.assign(dim + 1, 0.0);
  p.cost[dim] = 1.0;
  p.upper.assign(dim + 1, std::numeric_limits<double>::infinity());
  p.upper[dim] = 1.0;
  for (int i = 0; i < n; ++i) {
    const double* row = rows.data() + static_cast<std::size_t>(i) * width;
    double norm = 0.0;
    for (int k = 1; k <= dim; ++k) norm += row[k] * row[k];
    norm = std::sqrt(norm);
    const double factor = norm > 0.0 ? 1.0 / norm : 1.0;
    for (int k = 1; k <= dim; ++k) {
      p.values.push_back(row[k] * factor);
      p.indices.push_back(k - 1);
    }
    p.values.push_back(-1.0);
    p.indices.push_back(dim);
    p.row_lower.push_back(-row[0] * factor);
    p.starts.push_back(static_cast<HighsInt>(p.values.size()));
  }
  Proposal proposal;
  std::vector<double> x, duals;
  if (!solve(p, x, duals)) return proposal;
  if (x[dim] > 0.0) {
    proposal.kind = Proposal::Kind::point;
    x.pop_back();
    proposal.point = std::move(x);
    return proposal;
  }
  proposal.kind = Proposal::Kind::support;
  for (int i = 0; i < n; ++i) {
    if (std::fabs(duals[i]) > support_threshold) proposal.support.push_back(i);
  }
  return proposal;
}

Proposal Solver::violation(int dim, const std::vector<double>& rows, int index) {
  const int width = dim + 1;
  const int n = static_cast<int>(rows.size()) / width;
  if (hints_ != Hints::honest) return spoilt(dim, n);
  Program p{dim, n, minimize, {}, {}, {}, {}, {0}, {}};
  const double* target = rows.data() + static_cast<std::size_t>(index) * width;
  p.cost.assign(target + 1, target + width);
  p.upper.assign(dim, std::numeric_limits<double>::infinity());
  for (int i = 0; i < n; ++i) {
    const double* row = rows.data() + static_cast<std::size_t>(i) * width;
    for (int k = 1; k <= dim; ++k) {
      p.values.push_back(row[k]);
      p.indices.push_back(k - 1);
    }
    // The row itself may go down to -1: the program stays bounded.
    p.row_lower.push_back(-row[0] - (i == index ? 1.0 : 0.0));
    p.starts.push_back(static_cast<HighsInt>(p.values.size()));
  }
  Proposal proposal;
  std::vector<double> x, duals;
  if (!solve(p, x, duals)) return proposal;
  double value = target[0];
  for (int k = 0; k < dim; ++k) value += target[k + 1] * x[k];
  if (value < 0.0) {
    proposal.kind = Proposal::Kind::point;
    proposal.point = std::move(x);
    return proposal;
  }
  proposal.kind = Proposal::Kind::support;
  for (int i = 0; i < n; ++i) {
    if (i != index && std::fabs(duals[i]) > support_threshold) {
      proposal.support.push_back(i);
    }
  }
  return proposal;
}

}  // namespace polyregions
