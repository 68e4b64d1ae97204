# SPDX-License-Identifier: MIT
"""bounds: every bound and expectation that applies to networks of given widths."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, Context, Decimal
from fractions import Fraction
from typing import Any

from ..network import Network
from .rules import RULES, Value
from .shape import Shape, shape_of

KINDS = {
    "upper": "upper bounds of every network",
    "lower": "lower bounds of the best network",
    "expectation": "expectations of random networks",
    "expectation_lower": "lower bounds of the expectation",
    "expectation_upper": "upper bounds of the expectation",
    "scale": "orders of magnitude of random networks",
}
# Python itself writes no longer integers, and JSON readers fail earlier.
_MOST_DIGITS = 4000


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Bound:
    """One bound or expectation.

    Attributes
    ----------
    name : str
    value : int, Fraction or float
        Exact as an int or a Fraction; a float only where the formula has an arctangent
        or a number of the caller's.
    kind : str
        "upper": no network has more; "lower": some network has as many; "expectation",
        "expectation_lower", "expectation_upper": of, or a bound of, the mean over
        random networks; "scale": an order of magnitude.
    counts : str
        What is counted: "activation" (and hence "linear" too, for an upper bound),
        "linear", or what the words say.
    conditions : str
    source : str
    """

    name: str
    value: Value
    kind: str
    counts: str
    conditions: str
    source: str

    def __repr__(self) -> str:
        shown = shown_value(self.value)
        return f"Bound({self.name}: {shown}, {self.kind}, {self.counts})"

    def to_json(self) -> dict[str, Any]:
        """Return an object for JSON.

        ``value`` is a number, or a string of digits where it has more than 4000;
        ``fraction`` is "p/q" where the value is one, else None.
        """
        exact = self.value if isinstance(self.value, Fraction) else None
        return {
            "value": _json_number(self.value),
            "fraction": exact
            and f"{_digits(exact.numerator)}/{_digits(exact.denominator)}",
            "kind": self.kind,
            "counts": self.counts,
            "conditions": self.conditions,
            "source": self.source,
        }


class Bounds(Mapping[str, Bound]):
    """The bounds that apply, by name.

    Attributes
    ----------
    widths : inputs, hidden widths, outputs
    activation : str
    dim : int; dimension of the domain
    inapplicable : dict of name -> why that bound does not apply
    """

    def __init__(self, shape: Shape) -> None:
        self.widths = shape.widths
        self.activation = shape.activation or "affine"
        self.dim = shape.dim
        self.everywhere = shape.everywhere
        self.inapplicable: dict[str, str] = {}
        self._bounds: dict[str, Bound] = {}
        for rule in RULES:
            reason = rule.why_not(shape)
            if reason:
                self.inapplicable[rule.name] = reason
                continue
            self._bounds[rule.name] = Bound(
                name=rule.name,
                value=rule.value(shape),
                kind=rule.kind,
                counts=rule.counts,
                conditions=rule.conditions,
                source=rule.source,
            )

    def __getitem__(self, name: str) -> Bound:
        if name in self.inapplicable:
            raise KeyError(f"{name} does not apply: {self.inapplicable[name]}")
        return self._bounds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._bounds)

    def __len__(self) -> int:
        return len(self._bounds)

    @property
    def smallest_upper(self) -> Bound:
        """The smallest upper bound of activation regions, and so of linear ones."""
        return min(
            (b for b in self.values() if (b.kind, b.counts) == ("upper", "activation")),
            key=lambda b: b.value,
        )

    @property
    def largest_lower(self) -> Bound | None:
        """The largest lower bound of the best network; None where none applies."""
        lower = (b for b in self.values() if b.kind == "lower")
        return max(lower, key=lambda b: b.value, default=None)

    def to_json(self) -> dict[str, Any]:
        """Return an object for JSON."""
        return {
            "widths": list(self.widths),
            "activation": self.activation,
            "dim": self.dim,
            "everywhere": self.everywhere,
            "bounds": {name: bound.to_json() for name, bound in self.items()},
            "inapplicable": dict(self.inapplicable),
        }

    def __repr__(self) -> str:
        return bounds_table(self)


def bounds(
    widths: Sequence[int] | Network,
    *,
    activation: Any = None,
    negative_slope: Any = None,
    dim: int | None = None,
    biases: bool | None = None,
    radius: float = math.inf,
    sigma_w: float = 1.0,
    sigma_b: float = 1.0,
    constant: float | None = None,
) -> Bounds:
    """Return every bound and expectation that applies, by name.

    Parameters
    ----------
    widths : inputs, hidden widths, outputs, as ``random_network`` takes them
        Or a network: its widths, activations, and whether it has biases.
    activation, negative_slope : as ``Network`` takes them; ReLU by default
    dim : dimension of the domain; None for all of R^n0
        With a dimension, a convex part of R^n0 or of a flat in it is meant; n0 is then
        ``dim`` in upper and lower bounds.
    biases : False where no hidden layer has one
    radius, sigma_w, sigma_b : segment and Gaussian law of ``gaussian_pieces``
        By default the whole line.
    constant : T of ``hanin_rolnick_segment``, on a segment of length 2 radius

    Returns
    -------
    Bounds
        A mapping from names to ``Bound``; ``inapplicable`` tells why others are absent.

    Raises
    ------
    InvalidArgumentError
        Widths that are no integers >= 1, or a number out of its range.
    InvalidNetworkError
        An unknown activation.

    Examples
    --------
    >>> import polyregions as pr
    >>> b = pr.bounds([7, 8, 2, 1])
    >>> b["serra_2018_upper"].value
    1012
    >>> b.inapplicable["wang_2022_two_layers_upper"]
    'it needs n0 >= max(n_1, n_2), but n0 = 7 < 8'
    """
    return Bounds(
        shape_of(
            widths,
            activation=activation,
            negative_slope=negative_slope,
            dim=dim,
            biases=biases,
            radius=radius,
            sigma_w=sigma_w,
            sigma_b=sigma_b,
            constant=constant,
        )
    )


# --- how it is shown ------------------------------------------------------------------


def bounds_table(found: Bounds, verdicts: Mapping[str, str] | None = None) -> str:
    """Return the bounds as a table, one part a kind.

    Parameters
    ----------
    verdicts : name -> what an exact count says of that bound
    """
    said = verdicts or {}
    where = (
        f"R^{found.dim}" if found.everywhere else f"a domain of dimension {found.dim}"
    )
    shape = "-".join(map(str, found.widths))
    lines = [f"Bounds({shape}, {found.activation}) on {where}"]
    shown = {name: shown_value(bound.value) for name, bound in found.items()}
    columns = [
        [*shown],
        [*shown.values()],
        [bound.counts for bound in found.values()],
        [*said.values()],
    ]
    names, values, counts, marks = (max(map(len, c), default=0) for c in columns)
    for kind, title in KINDS.items():
        rows = [bound for bound in found.values() if bound.kind == kind]
        lines += [f" {title}"] if rows else []
        for bound in rows:
            mark = f"  {said.get(bound.name, ''):<{marks}}" if marks else ""
            lines.append(
                f"  {bound.name:<{names}}  {shown[bound.name]:>{values}}  "
                f"{bound.counts:<{counts}}{mark}  {_cited(bound)}"
            )
    return "\n".join(lines)


def _cited(bound: Bound) -> str:
    return bound.source.partition(" (")[0]


def shown_value(value: Value) -> str:
    """Return integers of up to 20 digits as they are, others to six digits."""
    if isinstance(value, int) and value < 10**20:
        return str(value)
    if isinstance(value, int) or value >= 10**15:
        exact = Fraction(value)
        context = Context(prec=7, Emax=MAX_EMAX)
        number = context.divide(Decimal(exact.numerator), Decimal(exact.denominator))
        return f"{number:.5e}"
    return f"{float(value):.10g}"


def _json_number(value: Value) -> int | float | str:
    """Return a number; digits in a string where it has too many for JSON."""
    if isinstance(value, Fraction):
        try:
            return float(value)
        except OverflowError:
            value = round(value)
    if isinstance(value, int) and value.bit_length() > 3.32 * _MOST_DIGITS:
        return _digits(value)
    return value


def _digits(number: int) -> str:
    return str(Decimal(number))  # str(number) has a limit
