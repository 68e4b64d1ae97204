# SPDX-License-Identifier: MIT
# Exact integers, affine maps and labels across the door.


cdef object to_int(const Integer& value):
    return int(to_hex(value).decode(), 16)


cdef Integer to_integer(object value) except *:
    return from_hex(format(int(value), "x").encode())


cdef Rational to_rational(object value) except *:
    cdef Rational out
    if value.denominator <= 0:
        raise ValueError("a denominator must be positive")
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
    if scale <= 0:
        raise ValueError("a scale must be positive")
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
