# SPDX-License-Identifier: MIT
# Networks, domains and the columns of cells.


cdef class CoreNetwork:
    """A network as exact integers."""

    cdef Network network

    def __init__(self, int n_inputs):
        self.network.n_inputs = n_inputs

    def add_layer(self, const double[:, ::1] weight, const double[::1] bias,
                  bint hidden, list breakpoints, list slopes,
                  const double[::1] anchors):
        """Append a layer; breakpoints and slopes are lists of floats a unit."""
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
                if not (unit.breakpoints.empty() or value > unit.breakpoints.back()):
                    raise ValueError("breakpoints must increase")
                unit.breakpoints.push_back(value)
            for value in slopes[i]:
                unit.slopes.push_back(value)
            if unit.slopes.size() != unit.breakpoints.size() + 1:
                raise ValueError("one slope more than breakpoints")
            if unit.breakpoints.size() > 255:
                raise ValueError("at most 255 breakpoints")
            unit.anchor = anchors[i]
            units.push_back(unit)
        add_layer(self.network, &weight[0, 0], &bias[0], weight.shape[0],
                  weight.shape[1], hidden, move(units))


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
        """(offset (n_inputs,), matrix (n_inputs, dim)): inputs of own points."""
        return float_map(self.frame.inputs, self.frame.dim)

    def given_map(self):
        """(offset (n,), matrix (n, dim)): the user's coordinates of own points."""
        return float_map(self.frame.given, self.frame.dim)

    def rows(self):
        """Integer rows (c, a), the domain being c + a.y > 0."""
        return rows_ints(self.frame.rows)


cdef class CoreCells:
    """Cells in columns, sorted by pattern."""

    cdef Enumeration found  # and what an engine found beside them

    def __len__(self):
        return self.found.cells.n_cells

    @property
    def patterns(self):
        """(n_cells, n_words) uint64, packed."""
        return _copy_words(self.found.cells.patterns, self.found.cells.n_cells,
                           self.found.cells.n_words)

    @property
    def on_break(self):
        """(n_cells, ceil(n_columns / 64)) uint64, packed from the lowest bit."""
        return _copy_words(self.found.cells.on_break, self.found.cells.n_cells,
                           self.found.cells.n_flag_words)

    @property
    def points(self):
        """(n_cells, dim) float64."""
        cdef Py_ssize_t i, n = self.found.cells.points.size()
        out = np.empty((self.found.cells.n_cells, self.found.cells.dim))
        cdef double[::1] flat = out.reshape(-1)
        for i in range(n):
            flat[i] = self.found.cells.points[i]
        return out

    @staticmethod
    def from_arrays(const uint64_t[:, ::1] patterns, const uint64_t[:, ::1] on_break,
                    const double[:, ::1] points):
        """Rebuild from what the properties gave."""
        cdef CoreCells self = CoreCells()
        cdef Py_ssize_t i, k, n = patterns.shape[0]
        if on_break.shape[0] != n or points.shape[0] != n:
            raise ValueError("columns differ in length")
        self.found.cells.n_cells = n
        self.found.cells.n_words = patterns.shape[1]
        self.found.cells.n_flag_words = on_break.shape[1]
        self.found.cells.dim = points.shape[1]
        for i in range(n):
            for k in range(patterns.shape[1]):
                self.found.cells.patterns.push_back(patterns[i, k])
            for k in range(on_break.shape[1]):
                self.found.cells.on_break.push_back(on_break[i, k])
            for k in range(points.shape[1]):
                self.found.cells.points.push_back(points[i, k])
        return self


cdef object _copy_words(const vector[uint64_t]& words, Py_ssize_t n, Py_ssize_t width):
    cdef Py_ssize_t i
    out = np.empty((n, width), dtype=np.uint64)
    cdef uint64_t[::1] flat = out.reshape(-1)
    for i in range(n * width):
        flat[i] = words[i]
    return out
