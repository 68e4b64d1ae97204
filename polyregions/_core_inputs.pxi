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

    def units(self):
        """A layer each: (break_exponent, slope_exponent, hidden, units); a unit is
        (breaks, slopes, first offset), integers in units of 2^-exponent."""
        cdef size_t k, i
        out = []
        for k in range(self.network.layers.size()):
            units = []
            for i in range(self.network.layers[k].units.size()):
                units.append((row_ints(self.network.layers[k].units[i].breaks),
                              row_ints(self.network.layers[k].units[i].factors),
                              to_int(self.network.layers[k].units[i].offsets[0])))
            out.append((self.network.layers[k].break_exponent,
                        self.network.layers[k].slope_exponent,
                        self.network.layers[k].hidden, units))
        return out


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

    def stated(self):
        """(inputs, scale, rows): x = inputs (1, y) / scale, where all rows are > 0.

        Inputs are the number of y where x is y, which may be many.  Of an empty domain
        in the coordinates that were given.
        """
        if is_identity(self.frame.inputs):
            return self.frame.inputs.rows.size(), 1, rows_ints(self.frame.stated)
        rows, scale = map_ints(self.frame.inputs)
        return rows, scale, rows_ints(self.frame.stated)

    def contradiction(self):
        """Rows of an empty domain that cannot all be > 0, by number; the first one
        contradicts the others."""
        cdef int n = self.frame.inputs.rows[0].size() - 1
        return list(contradiction(n, self.frame.stated))

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
