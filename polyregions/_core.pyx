# SPDX-License-Identifier: MIT
# cython: boundscheck=False, wraparound=False, initializedcheck=False
# distutils: language = c++
"""The one door to the compiled core: shapes are checked here and only here.

Arrays and scalars cross, one call a stage; exact integers cross as Python integers
where a person looks at a single cell.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport unique_ptr
from libcpp.optional cimport optional
from libcpp.string cimport string
from libcpp.vector cimport vector

import numpy as np

from .errors import error_for_status


cdef int raise_python_error() except *:
    """The one exception translator: status -> class, message kept."""
    cdef string what
    cdef int status = status_in_flight(what)
    raise error_for_status(status)(what.decode())


OUTCOMES = ("complete", "budget", "interrupted")


# --- numbers across the door ----------------------------------------------------------

cdef object to_int(const Integer& value):
    return int(to_hex(value).decode(), 16)


cdef Integer to_integer(object value) except *:
    return from_hex(format(int(value), "x").encode())


cdef Rational to_rational(object value) except *:
    cdef Rational out
    out.numerator = to_integer(value.numerator)
    out.denominator = to_integer(value.denominator)
    return out


cdef list row_ints(const Row& row):
    cdef size_t k
    out = []
    for k in range(row.size()):
        out.append(to_int(row[k]))
    return out


cdef list rows_ints(const vector[Row]& rows):
    cdef size_t i
    out = []
    for i in range(rows.size()):
        out.append(row_ints(rows[i]))
    return out


cdef tuple map_ints(const AffineMap& values):
    return rows_ints(values.rows), to_int(values.scale)


cdef AffineMap map_of(list rows, object scale) except *:
    cdef AffineMap out
    out.rows = rows_of(rows)
    out.scale = to_integer(scale)
    return out


cdef vector[Row] rows_of(list rows) except *:
    cdef vector[Row] out
    cdef Row row
    for entries in rows:
        row.clear()
        for value in entries:
            row.push_back(to_integer(value))
        out.push_back(row)
    return out


cdef tuple float_map(const AffineMap& values, int dim):
    """(offset (m,), matrix (m, dim)) rounded to float64."""
    cdef Py_ssize_t i, k, m = values.rows.size()
    cdef double[::1] offset = np.zeros(m)
    cdef double[:, ::1] matrix = np.zeros((m, dim))
    for i in range(m):
        offset[i] = rounded_quotient(values.rows[i][0], values.scale)
        for k in range(dim):
            matrix[i, k] = rounded_quotient(values.rows[i][k + 1], values.scale)
    return np.asarray(offset), np.asarray(matrix)


cdef object labels_array(const vector[int64_t]& labels):
    cdef Py_ssize_t i, n = labels.size()
    cdef int64_t[::1] out = np.empty(n, dtype=np.int64)
    for i in range(n):
        out[i] = labels[i]
    return np.asarray(out)


# --- budgets --------------------------------------------------------------------------

cdef class CoreMonitor:
    """Budgets of a search, Ctrl-C, and a progress callable(regions, share)."""

    cdef Monitor monitor
    cdef object progress
    cdef object error

    def __init__(self, *, max_regions=None, max_seconds=None, max_bytes=None,
                 progress=None):
        if max_regions is not None:
            self.monitor.max_regions = max_regions
        if max_seconds is not None:
            self.monitor.max_seconds = max_seconds
        if max_bytes is not None:
            self.monitor.max_bytes = max_bytes
        self.progress = progress
        self.monitor.callback = on_tick
        self.monitor.context = <void*> self

    cdef int check(self) except -1:
        """Raise what the progress callable raised."""
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        return 0

    @property
    def outcome(self):
        """``complete``, ``budget`` or ``interrupted``."""
        return OUTCOMES[outcome_number(self.monitor.outcome)]


cdef int on_tick(void* context, uint64_t regions, double share) noexcept with gil:
    cdef CoreMonitor self = <CoreMonitor> context
    try:
        PyErr_CheckSignals()
        if self.progress is not None:
            self.progress(regions, share)
    except KeyboardInterrupt:
        return 1
    except BaseException as error:
        self.error = error
        return 1
    return 0


# --- networks, domains, problems ------------------------------------------------------

cdef class CoreNetwork:
    """A network as exact integers."""

    cdef Network network

    def __init__(self, int n_inputs):
        self.network.n_inputs = n_inputs

    def add_layer(self, const double[:, ::1] weight, const double[::1] bias, bint hidden,
                  list breakpoints, list slopes, const double[::1] anchors):
        """Append a layer; breakpoints and slopes are lists of float64 arrays a unit."""
        cdef vector[Activation] units
        cdef Activation unit
        cdef Py_ssize_t i
        cdef double value
        if bias.shape[0] != weight.shape[0]:
            raise ValueError("bias and weight differ in length")
        if not len(breakpoints) == len(slopes) == anchors.shape[0]:
            raise ValueError("activation arrays differ in length")
        if len(breakpoints) not in (0, weight.shape[0]):
            raise ValueError("one activation a unit, or none")
        for i in range(len(breakpoints)):
            unit.breakpoints.clear()
            unit.slopes.clear()
            for value in breakpoints[i]:
                unit.breakpoints.push_back(value)
            for value in slopes[i]:
                unit.slopes.push_back(value)
            if unit.slopes.size() != unit.breakpoints.size() + 1:
                raise ValueError("one slope more than breakpoints")
            unit.anchor = anchors[i]
            units.push_back(unit)
        add_layer(self.network, &weight[0, 0], &bias[0], weight.shape[0],
                  weight.shape[1], hidden, units)


cdef class CoreFrame:
    """A domain in coordinates of its own.

    u in R^n are the user's coordinates; inputs x = origin + u @ directions, where
    with ``relative`` the directions are given by their end points; A u <= b.
    """

    cdef Frame frame

    def __init__(self, const double[::1] origin, const double[:, ::1] directions,
                 const double[:, ::1] A, const double[::1] b, *, bint clean,
                 bint relative=False):
        cdef int n = directions.shape[0], n_inputs = origin.shape[0]
        if directions.shape[1] != n_inputs or A.shape[1] != n or \
                b.shape[0] != A.shape[0]:
            raise ValueError("domain arrays do not fit each other")
        cdef const double* first_direction = NULL
        cdef const double* first_a = NULL
        cdef const double* first_b = NULL
        if n > 0 and n_inputs > 0:
            first_direction = &directions[0, 0]
        if A.shape[0] > 0:
            first_b = &b[0]
            if n > 0:
                first_a = &A[0, 0]
        cdef AffineMap inputs = affine_inputs(
            &origin[0], first_direction, n_inputs, n, relative)
        cdef vector[Row] rows = inequality_rows(first_a, first_b, A.shape[0], n)
        cdef cbool is_clean = clean
        with nogil:
            self.frame = make_frame(n, inputs, rows, is_clean)

    @property
    def empty(self):
        """No point at all."""
        return self.frame.empty

    @property
    def dim(self):
        """Own coordinates."""
        return self.frame.dim

    def input_map(self):
        """(offset (n_inputs,), matrix (n_inputs, dim)): network inputs of own points."""
        return float_map(self.frame.inputs, self.frame.dim)

    def given_map(self):
        """(offset (n,), matrix (n, dim)): the user's coordinates of own points."""
        return float_map(self.frame.given, self.frame.dim)

    def rows(self):
        """Integer rows (c, a), the domain being c + a.y > 0."""
        return rows_ints(self.frame.rows)


cdef class CoreCells:
    """Cells in columns, sorted by pattern."""

    cdef Cells cells

    def __len__(self):
        return self.cells.n_cells

    @property
    def patterns(self):
        """(n_cells, n_words) uint64, packed."""
        return _copy_words(self.cells.patterns, self.cells.n_cells, self.cells.n_words)

    @property
    def on_break(self):
        """(n_cells, ceil(n_columns / 64)) uint64, packed from the lowest bit."""
        return _copy_words(self.cells.on_break, self.cells.n_cells,
                           self.cells.n_flag_words)

    @property
    def points(self):
        """(n_cells, dim) float64."""
        cdef Py_ssize_t i, n = self.cells.points.size()
        out = np.empty((self.cells.n_cells, self.cells.dim))
        cdef double[::1] flat = out.reshape(-1)
        for i in range(n):
            flat[i] = self.cells.points[i]
        return out

    @staticmethod
    def from_arrays(const uint64_t[:, ::1] patterns, const uint64_t[:, ::1] on_break,
                    const double[:, ::1] points):
        """Rebuild from what the properties gave."""
        cdef CoreCells self = CoreCells()
        cdef Py_ssize_t i, k, n = patterns.shape[0]
        if on_break.shape[0] != n or points.shape[0] != n:
            raise ValueError("columns differ in length")
        self.cells.n_cells = n
        self.cells.n_words = patterns.shape[1]
        self.cells.n_flag_words = on_break.shape[1]
        self.cells.dim = points.shape[1]
        for i in range(n):
            for k in range(patterns.shape[1]):
                self.cells.patterns.push_back(patterns[i, k])
            for k in range(on_break.shape[1]):
                self.cells.on_break.push_back(on_break[i, k])
            for k in range(points.shape[1]):
                self.cells.points.push_back(points[i, k])
        return self


cdef object _copy_words(const vector[uint64_t]& words, Py_ssize_t n, Py_ssize_t width):
    cdef Py_ssize_t i
    out = np.empty((n, width), dtype=np.uint64)
    cdef uint64_t[::1] flat = out.reshape(-1)
    for i in range(n * width):
        flat[i] = words[i]
    return out


cdef class CoreProblem:
    """One network on one domain: every stage of a question is a call of it."""

    cdef CoreNetwork network
    cdef CoreFrame frame
    cdef unique_ptr[Problem] problem

    def __init__(self, CoreNetwork network not None, CoreFrame frame not None):
        if <int> frame.frame.inputs.rows.size() != network.network.n_inputs and \
                not frame.frame.empty:
            raise ValueError("the domain does not fit the network")
        self.network = network
        self.frame = frame
        self.problem.reset(new Problem(network.network, frame.frame))

    @property
    def n_words(self):
        """Words of a packed pattern."""
        return self.problem.get().layout.n_words

    @property
    def search_dim(self):
        """Coordinates that the network can tell apart on the domain."""
        return self.problem.get().search.dim

    def enumerate_rational(self, CoreMonitor monitor not None, bint store):
        """Run engine="rational"; (CoreCells, counts as a dict)."""
        cdef Enumeration result
        cdef cbool keep = store
        with nogil:
            result = enumerate_rational(self.problem.get()[0], monitor.monitor, keep)
        monitor.check()
        return _enumeration(result)

    def enumerate_highs(self, CoreMonitor monitor not None, bint store, str library, *,
                        int form=0, int hints=0, uint64_t seed=0):
        """Run engine="highs"; hints: 0 honest, 1 unknown, 2 lies (for tests)."""
        cdef unique_ptr[Decider] decider
        decider.reset(new_decider(library.encode(), hints, seed))
        cdef Enumeration result
        cdef cbool keep = store
        with nogil:
            result = enumerate_highs(self.problem.get()[0], decider.get()[0],
                                     form_of(form), monitor.monitor, keep)
        monitor.check()
        return _enumeration(result)

    def adjacency(self, CoreCells cells not None, CoreMonitor monitor not None,
                  const int64_t[::1] maps=None):
        """(first, second, same_map): pairs of cells that share a facet.

        Given the labels of map_labels only pairs of equal map.
        """
        self._check(cells)
        cdef vector[int64_t] labels
        cdef const vector[int64_t]* given = NULL
        cdef Adjacency found
        if maps is not None:
            labels = self._labels(cells, maps)
            given = &labels
        with nogil:
            found = find_adjacency(self.problem.get()[0], cells.cells, given,
                                   monitor.monitor)
        monitor.check()
        cdef Py_ssize_t i, n = found.same_map.size()
        cdef uint8_t[::1] same = np.empty(n, dtype=np.uint8)
        for i in range(n):
            same[i] = found.same_map[i]
        return labels_array(found.first), labels_array(found.second), \
            np.asarray(same).astype(bool)

    def map_labels(self, CoreCells cells not None, CoreMonitor monitor not None):
        """(n_cells,) int64: equal for exactly equal output maps."""
        self._check(cells)
        cdef vector[int64_t] labels
        with nogil:
            labels = c_map_labels(self.problem.get()[0], cells.cells, monitor.monitor)
        monitor.check()
        return labels_array(labels)

    def closed_components(self, CoreCells cells not None, const int64_t[::1] components,
                          const int64_t[::1] maps, CoreMonitor monitor not None):
        """(n_cells,) int64: components joined on any contact of equal maps."""
        self._check(cells)
        cdef vector[int64_t] given = self._labels(cells, components)
        cdef vector[int64_t] labels = self._labels(cells, maps)
        cdef vector[int64_t] result
        with nogil:
            result = c_closed_components(self.problem.get()[0], cells.cells, given,
                                         labels, monitor.monitor)
        monitor.check()
        return labels_array(result)

    def locate(self, CoreCells cells not None, const double[:, ::1] points):
        """(n,) int64: first cell whose closure holds each own point, or -1."""
        self._check(cells)
        cdef Py_ssize_t i
        if points.shape[1] != self.frame.frame.dim:
            raise ValueError("points have the wrong dimension")
        cdef int64_t[::1] out = np.empty(points.shape[0], dtype=np.int64)
        cdef const double* first
        cdef double none = 0.0
        for i in range(points.shape[0]):
            first = &points[i, 0] if points.shape[1] > 0 else &none
            out[i] = c_locate(self.problem.get()[0], cells.cells, first)
        return np.asarray(out)

    def unpack(self, const uint64_t[:, ::1] packed):
        """(n, n_columns) uint8 digits of packed patterns."""
        cdef const PatternLayout* layout = &self.problem.get().layout
        cdef Py_ssize_t i, k, n = packed.shape[0], m = layout.columns.size()
        if packed.shape[1] != layout.n_words:
            raise ValueError("packed patterns have the wrong width")
        out = np.empty((n, m), dtype=np.uint8)
        cdef uint8_t[:, ::1] digits = out
        for i in range(n):
            for k in range(m):
                digits[i, k] = (packed[i, layout.columns[k].word]
                                >> layout.columns[k].shift) & \
                    ((<uint64_t> 1 << layout.columns[k].bits) - 1)
        return out

    def region(self, const uint64_t[::1] packed, const double[::1] point):
        """The cell as CoreRegion, in own coordinates."""
        if packed.shape[0] != self.problem.get().layout.n_words or \
                point.shape[0] != self.frame.frame.dim:
            raise ValueError("pattern or point has the wrong length")
        cdef Digits digits = zero_digits(self.network.network)
        cdef double none = 0.0
        cdef const double* first = &point[0] if point.shape[0] > 0 else &none
        if packed.shape[0] > 0:
            unpack(self.problem.get().layout, &packed[0], digits)
        cdef CoreRegion out = CoreRegion.__new__(CoreRegion)
        with nogil:
            out.region = cell_region(self.problem.get()[0], digits, first)
        return out

    cdef vector[int64_t] _labels(self, CoreCells cells, const int64_t[::1] labels) \
            except *:
        cdef vector[int64_t] out
        cdef Py_ssize_t i, n = len(cells)
        if labels.shape[0] != n:
            raise ValueError("one label a cell")
        for i in range(n):
            if not 0 <= labels[i] < n:
                raise ValueError("a label is out of range")
            out.push_back(labels[i])
        return out

    cdef int _check(self, CoreCells cells) except -1:
        if len(cells) and (cells.cells.n_words != self.problem.get().layout.n_words or
                           cells.cells.dim != self.frame.frame.dim):
            raise ValueError("the cells belong to another network or domain")
        return 0


cdef tuple _enumeration(Enumeration& result):
    cdef CoreCells cells = CoreCells()
    cells.cells = result.cells
    cdef Decisions d = result.decisions
    cdef size_t k
    per_layer = []
    for k in range(result.per_layer.size()):
        per_layer.append(result.per_layer[k])
    return cells, {
        "activation": result.n_regions,
        "per_layer": tuple(per_layer),
        "status": OUTCOMES[outcome_number(result.outcome)],
        "decisions": {
            "constant": d.constant,
            "combinatorial": d.combinatorial,
            "point": d.point,
            "support": d.support,
            "exact": d.exact,
            "lp_calls": d.lp_calls,
            "lp_unknown": d.lp_unknown,
        },
    }


def rank(const double[:, ::1] matrix):
    """Rank of a float64 matrix, exact."""
    cdef vector[double] zeros
    zeros.resize(matrix.shape[0])
    if matrix.shape[0] == 0 or matrix.shape[1] == 0:
        return 0
    cdef vector[Row] rows = inequality_rows(&matrix[0, 0], zeros.data(),
                                            matrix.shape[0], matrix.shape[1])
    return pivot_columns(rows, matrix.shape[1]).size()


def open_components(size_t n_cells, const int64_t[::1] first, const int64_t[::1] second):
    """(n_cells,) int64: components under pairs of cells."""
    cdef Adjacency pairs
    cdef Py_ssize_t i
    if first.shape[0] != second.shape[0]:
        raise ValueError("pairs differ in length")
    for i in range(first.shape[0]):
        if not (0 <= first[i] < <int64_t> n_cells and
                0 <= second[i] < <int64_t> n_cells):
            raise ValueError("a pair names a cell that does not exist")
        pairs.first.push_back(first[i])
        pairs.second.push_back(second[i])
        pairs.same_map.push_back(1)
    return labels_array(c_open_components(n_cells, pairs))


# --- Wang's operations ----------------------------------------------------------------

cdef class CoreDecider:
    """Answers emptiness and redundancy: HiGHS proposes, exact integers decide."""

    cdef unique_ptr[Decider] decider

    def __init__(self, str library, int hints=0, uint64_t seed=0):
        self.decider.reset(new_decider(library.encode(), hints, seed))


cdef class CoreRegion:
    """A region of exact integers: rows (c, a) with c + a.y > 0, and values."""

    cdef Region region

    @staticmethod
    def make(int dim, list rows, list values, object scale, CoreDecider decider not None):
        """Region of integer rows and values over a common scale; None when empty."""
        cdef vector[Row] shape = rows_of(rows)
        cdef AffineMap value_map = map_of(values, scale)
        cdef size_t i
        for i in range(shape.size()):
            if <int> shape[i].size() != dim + 1:
                raise ValueError("a row has the wrong length")
        for i in range(value_map.rows.size()):
            if <int> value_map.rows[i].size() != dim + 1:
                raise ValueError("a value has the wrong length")
        cdef optional[Region] made
        with nogil:
            made = make_region(dim, shape, value_map, decider.decider.get()[0])
        return _wrapped(made)

    @property
    def dim(self):
        """Dimension of the space."""
        return self.region.dim

    @property
    def n_values(self):
        """Number of values."""
        return self.region.values.rows.size()

    def rows(self):
        """List of integer rows (c, a), each a facet."""
        return rows_ints(self.region.rows)

    def values(self):
        """(rows, scale): value i is rows[i] / scale."""
        return map_ints(self.region.values)

    def float_values(self):
        """(offset (m,), matrix (m, dim)) rounded to float64."""
        return float_map(self.region.values, self.region.dim)

    def point(self):
        """(numerators, denominator) of a point inside."""
        return row_ints(self.region.point.numerators), \
            to_int(self.region.point.denominator)


cdef object _wrapped(optional[Region]& made):
    if not made.has_value():
        return None
    cdef CoreRegion out = CoreRegion.__new__(CoreRegion)
    out.region = made.value()
    return out


def intersect(list regions, CoreDecider decider not None):
    """Intersection of the shapes with the list of all values; None when empty."""
    cdef vector[const Region*] pointers
    cdef CoreRegion region
    if not regions:
        raise ValueError("no regions")
    for region in regions:
        pointers.push_back(&region.region)
    cdef optional[Region] made
    with nogil:
        made = c_intersect(pointers, decider.decider.get()[0])
    return _wrapped(made)


def weighted(CoreRegion region not None, list coefficients):
    """The region with the weighted sum of its values; coefficients are Fractions."""
    cdef vector[Rational] factors
    for value in coefficients:
        factors.push_back(to_rational(value))
    cdef CoreRegion out = CoreRegion.__new__(CoreRegion)
    out.region = c_weighted(region.region, factors)
    return out


def add(CoreRegion region not None, object bias):
    """The region with a Fraction added to its single value."""
    cdef CoreRegion out = CoreRegion.__new__(CoreRegion)
    out.region = c_add(region.region, to_rational(bias))
    return out


def cut(CoreRegion region not None, CoreNetwork unit not None, CoreDecider decider not None):
    """Apply the activation of the first unit of the first layer of ``unit``.

    Returns a list of (region, digit, on_break).
    """
    cdef vector[Piece] pieces
    with nogil:
        pieces = c_cut(region.region, unit.network.layers[0], 0,
                       decider.decider.get()[0])
    cdef size_t i
    cdef CoreRegion out
    found = []
    for i in range(pieces.size()):
        out = CoreRegion.__new__(CoreRegion)
        out.region = pieces[i].region
        found.append((out, pieces[i].digit, bool(pieces[i].on_break)))
    return found
