# SPDX-License-Identifier: MIT
# Wang's operations on single regions.


cdef class CoreDecider:
    """Answers emptiness and redundancy: HiGHS proposes, exact integers decide."""

    cdef unique_ptr[Decider] decider

    def __cinit__(self, str library not None, int hints=0, uint64_t seed=0):
        self.decider.reset(new_decider(library.encode(), hints, seed))


cdef class CoreRegion:
    """A region of exact integers: rows (c, a) with c + a.y > 0, and values."""

    cdef Region region

    @staticmethod
    def make(int dim, list rows, list values, object scale,
             CoreDecider decider not None):
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
    out.region = move(made.value())
    return out


def intersect(list regions, CoreDecider decider not None):
    """Intersection of the shapes with the list of all values; None when empty."""
    cdef vector[const Region*] pointers
    cdef CoreRegion region
    if not regions:
        raise ValueError("no regions")
    for entry in regions:
        if not isinstance(entry, CoreRegion):
            raise TypeError("a region is no CoreRegion")
        region = entry
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


def cut(CoreRegion region not None, CoreNetwork unit not None,
        CoreDecider decider not None):
    """Apply the activation of the first unit of the first layer of ``unit``.

    Returns a list of (region, digit, on_break).
    """
    cdef vector[Piece] pieces
    if unit.network.layers.size() == 0:
        raise ValueError("the unit's network has no layers")
    with nogil:
        pieces = c_cut(region.region, unit.network.layers[0], 0,
                       decider.decider.get()[0])
    cdef size_t i
    cdef CoreRegion out
    found = []
    for i in range(pieces.size()):
        out = CoreRegion.__new__(CoreRegion)
        out.region = move(pieces[i].region)
        found.append((out, pieces[i].digit, bool(pieces[i].on_break)))
    return found
