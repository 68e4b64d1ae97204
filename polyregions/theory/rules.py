# SPDX-License-Identifier: MIT
"""The table of bounds and expectations: value, conditions and source of each."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from . import expectations, formulas
from .shape import Shape

Value = int | float | Fraction
MOST_STEPS = 4 * 10**6  # of hinz_upper: a few seconds

ACTIVATION, LINEAR = "activation", "linear"

_ZASLAVSKY = "Zaslavsky 1975"
_WANG = "Wang 2022"
_SERRA = "Serra et al. 2018"
_HANIN = "Hanin and Rolnick 2019"
_EVEN = "independent weights and biases of even densities, all of R^n0"


class Rule(NamedTuple):
    """One bound or expectation, for every shape.

    Attributes
    ----------
    why_not : returns why it does not apply to a shape, "" where it does
    """

    name: str
    kind: str
    counts: str
    source: str
    conditions: str
    why_not: Callable[[Shape], str]
    value: Callable[[Shape], Value]


# --- when a rule does not apply -------------------------------------------------------


def _always(shape: Shape) -> str:
    return ""


def _all(*checks: Callable[[Shape], str]) -> Callable[[Shape], str]:
    """Return the first reason of several checks."""
    return lambda shape: next(filter(None, (check(shape) for check in checks)), "")


def _one_layer(shape: Shape) -> str:
    n = len(shape.layers)
    return "" if n == 1 else f"it is about one hidden layer, not {n}"


def _some_layer(shape: Shape) -> str:
    return "" if shape.layers else "there is no hidden layer"


def _relu(shape: Shape) -> str:
    return "" if shape.relu else f"it is about ReLU, not {shape.activation or 'affine'}"


def _everywhere(shape: Shape) -> str:
    return "" if shape.everywhere else "it is about all of R^n0, not a part"


def _one_breakpoint(shape: Shape) -> str:
    simple = all({k for k, _ in layer.units} == {1} for layer in shape.layers)
    return "" if simple else "it needs units of one breakpoint"


def _dying(shape: Shape) -> str:
    if all(layer.dies for layer in shape.layers):
        return ""
    return f"it is about ReLU, which can be constant, not {shape.activation}"


def _few_steps(shape: Shape) -> str:
    few = formulas.hinz_steps(shape.dim, shape.layers) <= MOST_STEPS
    return "" if few else "so wide a matrix is not computed; serra_2018_upper equals it"


def _no_biases(shape: Shape) -> str:
    if shape.biases or shape.dim < shape.n_inputs:
        return "it is about hidden layers without biases (biases=False)"
    central = all(layer.central for layer in shape.layers)
    return "" if central else "it needs units that are linear on both sides of 0"


def _as_wide_as(factor: int) -> Callable[[Shape], str]:
    def check(shape: Shape) -> str:
        if not shape.dim:
            return "the domain is a point"
        need = factor * shape.dim
        for layer, n in enumerate(shape.hidden, start=1):
            if n < need:
                times = "" if factor == 1 else f"{factor} "
                return f"it needs n_l >= {times}n0 = {need}, but n_{layer} = {n}"
        return ""

    return check


def _line(shape: Shape) -> str:
    return "" if shape.n_inputs == 1 else f"it is about one input, not {shape.n_inputs}"


def _two_layers(shape: Shape) -> str:
    n = len(shape.layers)
    return "" if n == 2 else f"it is about two hidden layers, not {n}"


def _rank(shape: Shape) -> str:
    m, n = shape.n_inputs, shape.hidden[0]
    return "" if m >= n else f"it needs n0 >= n_1, but n0 = {m} < {n}"


def _rank_of_both(shape: Shape) -> str:
    m, n = shape.n_inputs, max(shape.hidden)
    return "" if m >= n else f"it needs n0 >= max(n_1, n_2), but n0 = {m} < {n}"


def _layers_of(units: int) -> Callable[[Shape], str]:
    def check(shape: Shape) -> str:
        same = set(shape.hidden) == {units}
        return "" if same else f"it is about hidden layers of {units} unit(s) each"

    return check


def _at_least_two(shape: Shape) -> str:
    if len(shape.layers) < 2:
        return f"it needs 2 hidden layers or more, not {len(shape.layers)}"
    return "" if shape.n_inputs >= 2 else "it needs n0 >= 2, but n0 = 1"


def _segment(shape: Shape) -> str:
    if not shape.everywhere and (shape.dim != 1 or math.isinf(shape.radius)):
        return "it is about a segment around 0, or a line; pass radius="
    central = all(layer.central for layer in shape.layers)
    return "" if central else "it needs units whose breakpoint is 0"


def _as_many_units_as_inputs(shape: Shape) -> str:
    n, m = sum(shape.hidden), shape.n_inputs
    return "" if n >= m else f"it needs N >= n0, but N = {n} < {m}"


def _known_constant(shape: Shape) -> str:
    if shape.constant is None:
        return "T of the law is not known; pass constant="
    return "" if math.isfinite(shape.radius) else "it needs a finite radius="


def _one_dimension(shape: Shape) -> str:
    return "" if shape.dim == 1 else f"it is about one dimension, not {shape.dim}"


def _several_dimensions(shape: Shape) -> str:
    return "" if shape.dim > 1 else "the domain has no more than one dimension"


def _biases(shape: Shape) -> str:
    return "" if shape.biases else "it is about networks with biases"


_EVEN_RELU = _all(_some_layer, _relu, _biases, _everywhere)
_TWO_LAYERS = _all(_EVEN_RELU, _two_layers, _rank_of_both)
_LOWER = _all(_some_layer, _relu, _biases)


# --- the table ------------------------------------------------------------------------


UPPER = (
    Rule(
        *("trivial", "upper", ACTIVATION, "patterns of the units"),
        "none; 2^N for N units of one breakpoint",
        _always,
        lambda s: formulas.patterns(s.layers),
    ),
    Rule(
        *("zaslavsky", "upper", ACTIVATION, _ZASLAVSKY),
        "one hidden layer; attained in general position",
        _one_layer,
        lambda s: sum(s.layers[0].cells(s.dim)),
    ),
    Rule(
        *("zaslavsky_bounded", "upper", "bounded activation", _ZASLAVSKY),
        "one hidden layer of one breakpoint a unit, all of R^n0; attained in general "
        "position",
        _all(_one_layer, _one_breakpoint, _everywhere),
        lambda s: formulas.zaslavsky_bounded(s.hidden[0], s.dim),
    ),
    Rule(
        *("central", "upper", ACTIVATION, f"{_ZASLAVSKY}, layer by layer"),
        "hidden layers without biases, units linear on both sides of 0; attained by "
        "one layer in general position",
        _all(_some_layer, _no_biases),
        lambda s: formulas.central_upper(s.dim, s.layers),
    ),
    Rule(
        *("montufar_2017_upper", "upper", ACTIVATION),
        "Montúfar 2017 (SampTA)",
        "none",
        _always,
        lambda s: formulas.montufar_upper(s.dim, s.layers),
    ),
    Rule(
        *(
            "serra_2018_upper",
            "upper",
            ACTIVATION,
            f"{_SERRA}, Theorem 1 (arXiv 1711.02114)",
        ),
        "ReLU, or any units of one breakpoint that are constant on one side of it",
        _dying,
        lambda s: formulas.serra_upper(s.dim, s.layers),
    ),
    Rule(
        *(
            "hinz_2019_upper",
            "upper",
            ACTIVATION,
            "Hinz, van de Geer 2019 (arXiv 1806.01918)",
        ),
        "as serra_2018_upper; with clipped binomials it is the same number",
        _all(_dying, _few_steps),
        lambda s: formulas.hinz_upper(s.dim, s.layers),
    ),
    Rule(
        *("one_input_upper", "upper", ACTIVATION, f"{_SERRA} (arXiv 1711.02114)"),
        "a domain of one dimension; attained by ReLU layers of 3 units or more",
        _one_dimension,
        lambda s: formulas.line_upper(s.layers),
    ),
    Rule(
        *("line_upper", "upper", "pieces of a line", "restriction to a line"),
        "none",
        _several_dimensions,
        lambda s: formulas.line_upper(s.layers),
    ),
    Rule(
        *("average_neighbours", "upper", "average neighbours"),
        "Gaines, Bi 2026 (ICLR, arXiv 2606.07728)",
        "ReLU, all cells of R^n0, neighbours across facets",
        _all(_relu, _everywhere),
        lambda s: 2 * s.n_inputs,
    ),
)

LOWER = (
    Rule(
        *("pascanu_2013_lower", "lower", LINEAR),
        "Pascanu et al. 2013 (arXiv 1312.6098)",
        "ReLU, n_l >= n0",
        _all(_LOWER, _as_wide_as(1)),
        lambda s: formulas.pascanu_lower(s.dim, s.hidden),
    ),
    Rule(
        *("wang_2022_zigzag", "lower", LINEAR, f"{_WANG}, Theorem 3.1 (IJCAI)"),
        "ReLU, n_l >= 2 n0; theory.zigzag_network has exactly so many",
        _all(_LOWER, _as_wide_as(2)),
        lambda s: formulas.zigzag_lower(s.dim, s.hidden),
    ),
    Rule(
        *("montufar_2014_lower", "lower", LINEAR),
        "Montúfar et al. 2014 (arXiv 1402.1869)",
        "ReLU, n_l >= n0",
        _all(_LOWER, _as_wide_as(1)),
        lambda s: formulas.montufar_lower(s.dim, s.hidden),
    ),
    Rule(
        *("serra_2018_lower", "lower", LINEAR, f"{_SERRA} (arXiv 1711.02114)"),
        "ReLU, n_l >= 3 n0",
        _all(_LOWER, _as_wide_as(3)),
        lambda s: formulas.serra_lower(s.dim, s.hidden),
    ),
)

EXPECTATIONS = (
    Rule(
        *("one_layer_expectation", "expectation", ACTIVATION, _ZASLAVSKY),
        "one hidden layer, weights and biases with a density, all of R^n0; almost "
        "sure, and so is the number of linear regions of ReLU",
        _all(_one_layer, _biases, _everywhere),
        lambda s: sum(s.layers[0].cells(s.dim)),
    ),
    Rule(
        *("two_layers_expectation", "expectation", ACTIVATION),
        f"sign symmetry (as in {_WANG}, Theorem 2.1.2)",
        f"ReLU, two hidden layers, n0 >= n_1, {_EVEN}",
        _all(_EVEN_RELU, _two_layers, _rank),
        lambda s: expectations.wang_k(*s.hidden) + (1 << s.hidden[0]),
    ),
    Rule(
        *("wang_2022_two_layers_lower", "expectation_lower", LINEAR),
        f"{_WANG}, Theorem 2.1.2 (IJCAI)",
        f"ReLU, two hidden layers, n0 >= max(n_1, n_2), {_EVEN}",
        _TWO_LAYERS,
        lambda s: expectations.wang_k(*s.hidden) + 1,
    ),
    Rule(
        *("wang_2022_two_layers_upper", "expectation_upper", LINEAR),
        f"{_WANG}, Theorem 2.1.2 (IJCAI)",
        f"ReLU, two hidden layers, n0 >= max(n_1, n_2), {_EVEN}",
        _TWO_LAYERS,
        lambda s: expectations.wang_k(*s.hidden) + (1 << s.hidden[0]),
    ),
    Rule(
        *("wang_2022_one_unit_upper", "expectation_upper", LINEAR),
        f"{_WANG}, Theorem 2.1.1 (IJCAI)",
        f"ReLU, hidden layers of 1 unit, {_EVEN}",
        _all(_EVEN_RELU, _layers_of(1)),
        lambda s: expectations.wang_one_unit_upper(len(s.layers)),
    ),
    Rule(
        *("wang_2022_two_units_lower", "expectation_lower", LINEAR),
        f"{_WANG}, Theorem 2.1.3 (IJCAI)",
        f"ReLU, 2 hidden layers or more of 2 units, n0 >= 2, {_EVEN}",
        _all(_EVEN_RELU, _layers_of(2), _at_least_two),
        lambda s: expectations.wang_two_units_lower(len(s.layers)),
    ),
    Rule(
        *("wang_2022_two_units_upper", "expectation_upper", LINEAR),
        f"{_WANG}, Theorem 2.1.3 (IJCAI)",
        f"ReLU, 2 hidden layers or more of 2 units, n0 >= 2, {_EVEN}",
        _all(_EVEN_RELU, _layers_of(2), _at_least_two),
        lambda s: expectations.wang_two_units_upper(len(s.layers)),
    ),
    Rule(
        *("gaussian_pieces", "expectation", "pieces of a segment"),
        "b / w is Cauchy distributed",
        "one hidden layer of one breakpoint a unit, at 0; w ~ N(0, sigma_w^2), "
        "b ~ N(0, sigma_b^2), independent; from -R v to R v, |v| = 1, R = radius",
        _all(_one_layer, _one_breakpoint, _biases, _segment),
        lambda s: expectations.expected_pieces(
            s.hidden[0], radius=s.radius, sigma_w=s.sigma_w, sigma_b=s.sigma_b
        ),
    ),
    Rule(
        *("wide_line_limit", "expectation", ACTIVATION),
        "Kogan et al. 2025 (arXiv 2512.08091)",
        "ReLU, one input, all of R; leading term for wide layers of He's law, biases "
        "not zero",
        _all(_EVEN_RELU, _line),
        lambda s: 1 + sum(s.hidden),
    ),
    Rule(
        *("hanin_rolnick_segment", "expectation_upper", "pieces of a segment"),
        f"{_HANIN} (arXiv 1901.09021)",
        "ReLU; a segment of length 2 radius; T, a bound of the expected gradient norms "
        "times densities of the biases, is constant",
        _all(_LOWER, _known_constant),
        lambda s: expectations.hanin_rolnick_segment(
            s.widths, length=2 * s.radius, constant=s.constant or 0.0
        ),
    ),
    Rule(
        *("hanin_rolnick_scale", "scale", ACTIVATION),
        f"{_HANIN} (arXiv 1906.00904)",
        "ReLU, N >= n0; N^n0 / n0!, an order of magnitude at initialisation, no bound",
        _all(_EVEN_RELU, _as_many_units_as_inputs),
        lambda s: expectations.hanin_rolnick_scale(s.widths),
    ),
)

RULES = (*UPPER, *LOWER, *EXPECTATIONS)
