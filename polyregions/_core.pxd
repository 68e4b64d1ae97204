# SPDX-License-Identifier: MIT
# cython: language_level=3
"""The C++ functions and structs that the door uses, as csrc/ declares them."""

from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport unique_ptr
from libcpp.optional cimport optional
from libcpp.string cimport string
from libcpp.utility cimport move
from libcpp.vector cimport vector


cdef extern from "Python.h":
    int PyErr_CheckSignals() except *


cdef extern from "status.hpp" namespace "polyregions":
    int status_in_flight(const char*&) noexcept


cdef int raise_python_error() except *


cdef extern from "integer.hpp" namespace "polyregions":
    cppclass Integer:
        Integer()
        Integer(int)
    string to_hex(const Integer&) except +raise_python_error
    Integer from_hex(const char*) except +raise_python_error
    double rounded_quotient(const Integer&, const Integer&) except +raise_python_error
    ctypedef vector[Integer] Row


cdef extern from "network.hpp" namespace "polyregions":
    cppclass Activation:
        Activation()
        vector[double] breakpoints
        vector[double] slopes
        double anchor
        vector[Integer] breaks
        vector[Integer] factors
        vector[Integer] offsets
    cppclass Layer:
        vector[Activation] units
        int n_in, n_out
        cbool hidden
        int break_exponent, slope_exponent
    cppclass Network:
        Network()
        int n_inputs
        vector[Layer] layers
        int n_hidden()
    cppclass AffineMap:
        AffineMap()
        vector[Row] rows
        Integer scale
    void add_layer(Network&, const double*, const double*, int, int, cbool,
                   vector[Activation]) except +raise_python_error


cdef extern from "frame.hpp" namespace "polyregions":
    cppclass Frame:
        Frame()
        cbool empty
        int dim
        AffineMap inputs
        AffineMap given
        vector[Row] rows
        vector[Row] stated
        vector[int] kept
    cbool is_identity(const AffineMap&)
    vector[int] contradiction(int, const vector[Row]&) except +raise_python_error
    vector[int] pivot_columns(vector[Row], int) except +raise_python_error
    Frame make_frame(int, AffineMap, vector[Row], cbool) \
        except +raise_python_error nogil


cdef extern from "input_map.hpp" namespace "polyregions":
    AffineMap affine_inputs(const double*, const double*, int, int, cbool) \
        except +raise_python_error
    vector[Row] inequality_rows(const double*, const double*, int, int) \
        except +raise_python_error


cdef extern from "tableau.hpp" namespace "polyregions":
    cppclass RationalPoint:
        RationalPoint()
        vector[Integer] numerators
        Integer denominator


cdef extern from "monitor.hpp" namespace "polyregions":
    cppclass Outcome:
        pass
    cppclass Monitor:
        Monitor()
        uint64_t max_regions
        size_t max_bytes
        double max_seconds
        int (*callback)(void*, uint64_t, double) noexcept
        void* context
        Outcome outcome
        unsigned audit_every
        uint64_t audited


cdef extern from "cells.hpp" namespace "polyregions":
    cppclass Decisions:
        uint64_t constant, combinatorial, filter, point, support, exact
        uint64_t lp_calls, lp_unknown
    cppclass Cells:
        Cells()
        int n_words
        int dim
        int n_flag_words
        vector[uint64_t] patterns
        vector[uint64_t] on_break
        vector[double] points
        size_t n_cells
    cppclass Candidates:
        Candidates()
        vector[uint64_t] patterns
        vector[uint64_t] first
        vector[uint32_t] columns
        vector[int8_t] steps
        size_t n_cells
    cppclass Task:
        vector[uint8_t] steps
        vector[uint8_t] found
    cppclass Cut "polyregions::Fragment::Cut":
        size_t at
        uint64_t n_nodes
        vector[uint32_t] events
    cppclass Fragment:
        Fragment()
        vector[uint8_t] sides
        vector[uint8_t] bytes
        uint64_t n_nodes
        vector[Cut] cuts
    cppclass Enumeration:
        Enumeration()
        vector[Task] rest
        vector[Fragment] fragments
        Cells cells
        Candidates candidates
        vector[uint64_t] per_layer
        uint64_t n_regions
        Outcome outcome
        Decisions decisions
    cppclass Column "polyregions::PatternLayout::Column":
        int layer, unit, word, shift, bits
    cppclass PatternLayout:
        vector[Column] columns
        int n_words
        int n_columns()
    cppclass Problem:
        Problem(const Network&, const Frame&) except +raise_python_error
        PatternLayout layout
        Frame search
    size_t bytes_of(const Cells&) nogil
    void sort_cells(Cells&) except +raise_python_error nogil
    cbool digits_fit(const Problem&, const uint64_t*, size_t) nogil


cdef extern from "pattern.hpp" namespace "polyregions":
    ctypedef vector[vector[uint8_t]] Digits
    Digits zero_digits(const Network&) except +raise_python_error
    void unpack(const PatternLayout&, const uint64_t*, Digits&) nogil


cdef extern from "exact_path.hpp" namespace "polyregions":
    vector[Row] break_rows(const Problem&, const Digits&) except +raise_python_error


cdef extern from "rational_engine.hpp" namespace "polyregions":
    Enumeration enumerate_rational(const Problem&, Monitor&, cbool, cbool, cbool) \
        except +raise_python_error nogil


cdef extern from "candidates.hpp" namespace "polyregions":
    size_t bytes_of(const Candidates&) nogil
    uint64_t c_count_linear "polyregions::count_linear"(
        const Problem&, const Enumeration&, Monitor&) except +raise_python_error nogil


cdef extern from "search.hpp" namespace "polyregions":
    void add_part(Enumeration&, Enumeration, const Problem&) \
        except +raise_python_error nogil


cdef extern from "fast_engines.hpp" namespace "polyregions":
    cppclass VertexStart:
        VertexStart()
        VertexStart(const VertexStart&) except +raise_python_error
        cbool applies
    cppclass DictionaryStart:
        DictionaryStart()
        DictionaryStart(const DictionaryStart&) except +raise_python_error
        cbool applies, central
    cppclass Keep:
        pass
    cppclass Order:
        Order()
        Keep keep
        int n_workers
        vector[Task] tasks
        cbool resumable, traced, traced_linear
    VertexStart vertex_start(const Problem&) except +raise_python_error
    DictionaryStart dictionary_start(const Problem&) except +raise_python_error
    DictionaryStart dictionary_start(const Problem&, size_t) except +raise_python_error
    cppclass FastEngines:
        Enumeration vertex(const Problem&, const VertexStart&, Monitor&, const Order&) \
            except +raise_python_error nogil
        Enumeration dictionary(const Problem&, const DictionaryStart&, Monitor&,
                               const Order&) except +raise_python_error nogil
    const FastEngines& fast_engines() nogil
    cbool c_prefers_dictionary "polyregions::prefers_dictionary"(const Problem&, int)


cdef extern from "decider.hpp" namespace "polyregions":
    cppclass Decider:
        pass


cdef extern from "pipeline.hpp" namespace "polyregions":
    cppclass Form:
        pass
    Enumeration enumerate_highs(const Problem&, Decider&, Form, Monitor&, cbool) \
        except +raise_python_error nogil


cdef extern from "adjacency.hpp" namespace "polyregions":
    cppclass Adjacency:
        Adjacency()
        vector[int64_t] first
        vector[int64_t] second
        vector[uint8_t] same_map
    Adjacency find_adjacency(const Problem&, const Cells&, const vector[int64_t]&,
                             cbool, Monitor&) except +raise_python_error nogil


cdef extern from "merge.hpp" namespace "polyregions":
    vector[int64_t] c_map_labels "polyregions::map_labels"(
        const Problem&, const Cells&, Monitor&) except +raise_python_error nogil
    vector[int64_t] c_open_components "polyregions::open_components"(
        size_t, const Adjacency&) except +raise_python_error nogil
    vector[int64_t] c_closed_components "polyregions::closed_components"(
        const Problem&, const Cells&, const vector[int64_t]&, const vector[int64_t]&,
        Monitor&) except +raise_python_error nogil


cdef extern from "batch.hpp" namespace "polyregions":
    cppclass Wanted:
        cbool linear, linear_closed, affine
        int dictionary_rank
    cppclass Batch:
        Batch()
        Network shape
        Wanted wanted
        int n_threads
        uint64_t max_regions
        double max_seconds
        size_t n_parameters()
        size_t n_columns()
    void c_count_batch "polyregions::count_batch"(
        const Batch&, const Frame&, const double*, size_t, Monitor&, int64_t*,
        uint8_t*) except +raise_python_error nogil


cdef extern from "estimate.hpp" namespace "polyregions":
    cppclass BeamOrder:
        BeamOrder()
        int width
        double log_candidates
        int n_drawn
    cppclass BeamRun:
        double log_estimate, log_first
        uint64_t n_failures
        cbool complete
    vector[BeamRun] c_estimate_runs "polyregions::estimate_runs"(
        const Problem&, const DictionaryStart&, const BeamOrder&,
        const vector[uint64_t]&, int, Monitor&) except +raise_python_error nogil
    cppclass CuttingLayers:
        int n_hyperplanes, n_layers
    CuttingLayers c_cutting_layers "polyregions::cutting_layers"(
        const Network&) except +raise_python_error
    int c_general_position "polyregions::general_position"(
        const Problem&, int, uint64_t) except +raise_python_error nogil


cdef extern from "operations.hpp" namespace "polyregions":
    cppclass Rational:
        Rational()
        Integer numerator
        Integer denominator
    cppclass Region:
        Region()
        int dim
        vector[Row] rows
        AffineMap values
        RationalPoint point
    cppclass Piece:
        Region region
        int digit
        cbool on_break
    optional[Region] make_region(int, vector[Row], AffineMap, Decider&) \
        except +raise_python_error nogil
    optional[Region] c_intersect "polyregions::intersect"(
        const vector[const Region*]&, Decider&) except +raise_python_error nogil
    Region c_weighted "polyregions::weighted"(
        const Region&, const vector[Rational]&) except +raise_python_error
    Region c_add "polyregions::add"(
        const Region&, const Rational&) except +raise_python_error
    vector[Piece] c_cut "polyregions::cut"(
        const Region&, const Layer&, int, Decider&) except +raise_python_error nogil


cdef extern from "view.hpp" namespace "polyregions":
    Region cell_region(const Problem&, const Digits&, const double*) \
        except +raise_python_error nogil
    vector[int64_t] c_locate "polyregions::locate"(
        const Problem&, const Cells&, const double*, size_t) \
        except +raise_python_error nogil


cdef extern from "door.hpp" namespace "polyregions":
    int outcome_number(Outcome) nogil
    Form form_of(int) nogil
    Keep keep_of(int) nogil
    Outcome outcome_of(int) nogil
    void add_task(Order&, const char*, size_t, const char*, size_t) \
        except +raise_python_error
    Decider* new_decider(const char*, int, uint64_t) except +raise_python_error
