# SPDX-License-Identifier: MIT
# cython: boundscheck=False, wraparound=False, initializedcheck=False
# distutils: language = c++
"""The one door to the compiled core: shapes are checked here and only here.

Arrays and scalars cross, one call a stage; exact integers cross as Python integers
where a person looks at a single cell.
"""

from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport unique_ptr
from libcpp.optional cimport optional
from libcpp.utility cimport move
from libcpp.vector cimport vector

import numpy as np

from .errors import error_for_status


cdef int raise_python_error() except *:
    """The one exception translator: status -> class, message kept."""
    cdef const char* what = b""
    cdef int status = status_in_flight(what)
    prefix = "unforeseen C++ exception: " if status == 7 else ""
    raise error_for_status(status)(prefix + what.decode())


include "_core_numbers.pxi"
include "_core_monitor.pxi"
include "_core_inputs.pxi"
include "_core_cells.pxi"
include "_core_problem.pxi"
include "_core_batch.pxi"
include "_core_estimate.pxi"
include "_core_regions.pxi"
