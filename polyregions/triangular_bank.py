# SPDX-License-Identifier: MIT
"""WaveBank: triangular waves side by side, as a torch module of their peaks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from .errors import InvalidArgumentError
from .extras import optional_import
from .tolerances import DEFAULT
from .triangular_weights import (
    Layers,
    exact_layers,
    heights,
    paper_layers,
    share_sums,
    slope_at_zero,
)

torch: Any = optional_import("torch", "torch")

FORMS = ("exact", "paper")


class WaveBank(torch.nn.Module):  # type: ignore[misc]
    """Triangular waves side by side, K of them or one, each of an input of its own.

    Parameters of the module, all trainable; K is absent for a single one:

    - ``peaks`` (K, d + 1), or (K, d) with shares of their own;
    - ``gain`` (K,): the slope of the sum of waves at 0, s_0 / (a_0 a_1) with the scales
      of Theorem 3.1;
    - ``shares`` (K, d), absent with the scales of Theorem 3.1: what every wave takes of
      the slope at 0 (``triangular_weights.share_sums``).

    The function is that of peaks rounded to multiples of 2^-26 and sums of 27 bits (12
    and 12 for float32), gradients passing straight through: so its weights are exact
    products, and every network that is made of it is the module itself.

    Parameters
    ----------
    peaks, gain, shares : tensors as above; shares None for Theorem 3.1
    sign : 1 or -1
    linear : c >= 0, one number for all
    """

    def __init__(
        self, peaks: Any, gain: Any, shares: Any, *, sign: int, linear: float
    ) -> None:
        super().__init__()
        if sign not in (1, -1) or isinstance(sign, bool):
            raise InvalidArgumentError(f"sign={sign!r}; pass 1 or -1")
        self.peaks = torch.nn.Parameter(peaks)
        self.gain = torch.nn.Parameter(gain)
        self.shares = None if shares is None else torch.nn.Parameter(shares)
        self.sign = int(sign)
        self.linear = checked_linear(linear)

    @classmethod
    def random(
        cls,
        shape: tuple[int, ...],
        depth: int,
        *,
        scales: str = "theorem",
        sign: int = -1,
        linear: float = 1.0,
        generator: Any = None,
        dtype: Any = None,
    ) -> WaveBank:
        """Return waves of peaks uniform on (0.1, 0.9).

        Parameters
        ----------
        shape : (K,), or () for a single one
        depth : hidden layers, d
        scales : "theorem", or "free": the same functions, with shares to train
        generator : torch.Generator, torch's own by default
        """
        if scales not in ("theorem", "free"):
            raise InvalidArgumentError(f'scales={scales!r}; pass "theorem" or "free"')
        drawn = torch.rand(
            *shape, depth + 1, generator=generator, dtype=dtype or torch.float64
        )
        edge = DEFAULT.edge_peak
        peaks = edge + (1 - 2 * edge) * drawn
        gain = torch.full_like(peaks[..., 0], linear if sign < 0 else 1.0)
        shares = peaks[..., 1:].clone() if scales == "free" else None
        if scales == "free":
            peaks = peaks[..., :-1].clone()
        return cls(peaks, gain, shares, sign=sign, linear=linear)

    @property
    def depth(self) -> int:
        """Number of hidden layers, d."""
        return int(self.peaks.shape[-1]) - (self.shares is None)

    @property
    def scales(self) -> Any:
        """s_0 .. s_(d-1), tensor (K, d)."""
        peaks, sums, first = self._numbers()
        parts = zip(heights(peaks), sums, strict=True)
        return torch.stack([first * height * total for height, total in parts], dim=-1)

    def layers(self, form: str = "exact") -> list[tuple[Any, Any]]:
        """Return the weights as differentiable tensors, the output layer last.

        Parameters
        ----------
        form : "exact", or "paper" with its quotients (``triangular_weights``)

        Returns
        -------
        list of (W, b)
            W (K, out, in), b (K, out); K is absent for a single one.
        """
        peaks, sums, first = self._numbers()
        if form == "exact":
            layers = exact_layers(peaks, sums, first, self.linear, self.sign)
        elif form == "paper":
            s = self.scales.unbind(-1)
            ratios = [s[0], *(after / scale for scale, after in pairwise(s))]
            layers = paper_layers(peaks, ratios, self.linear, self.sign)
        else:
            raise InvalidArgumentError(f"form={form!r}; pass one of {', '.join(FORMS)}")
        return _stacked(layers, self.gain)

    def forward(self, x: Any) -> Any:
        """Return F of inputs (.., K), or (.., 1) for a single one; the same shape."""
        n = int(x.shape[-1])
        values = x.reshape(-1, n).T.reshape(*self.gain.shape, 1, -1)
        return run_layers(self.layers(), values).reshape(n, -1).T.reshape(x.shape)

    def project_(self) -> None:
        """Bring the parameters back to where every function is one of these.

        Peaks and shares to [0.1, 0.9], the gain to at least 0.1 and, with sign -1, to
        [0.1 c, c]: beyond c the sum unit would be clipped, and scales of 0 have no
        waves. Nearer to 0 and 1 the weights of free scales, which have 1 / (1 - a) as
        factors, grow so large that training does not recover. Call it after every step
        of an optimiser.
        """
        edge = DEFAULT.edge_peak
        with torch.no_grad():
            self.peaks.clamp_(edge, 1 - edge)
            if self.sign < 0:
                self.gain.clamp_(edge * self._most(), self._most())
            else:
                self.gain.clamp_(edge)
            if self.shares is not None:
                self.shares.clamp_(edge, 1 - edge)

    def check(self) -> None:
        """Refuse parameters of which the sum unit is clipped, or that are no peaks.

        Raises
        ------
        InvalidArgumentError
            The number, where it is, and the bound.
        """
        grid = spacing(self.peaks.dtype)
        _check_range(self.peaks, "peaks", grid, 1 - grid)
        _check_range(self.gain, "gain", 0.0, torch.finfo(self.gain.dtype).max)
        if self.shares is not None:
            _check_range(self.shares, "shares", 0.0, 1.0)
        elif not bool((self.gain > 0).all()):
            raise InvalidArgumentError(
                "s_0 is 0: there are no waves; pass first_scale > 0, or linear > 0"
            )
        if self.sign < 0:
            with torch.no_grad():
                peaks, sums, first = self._numbers()
            columns = torch.stack([self.gain.detach(), first, *peaks, *sums], dim=-1)
            for row in columns.reshape(-1, columns.shape[-1]).tolist():
                self._check_bound(*map(Fraction, row))

    def _check_bound(self, gain: Fraction, first: Fraction, *others: Fraction) -> None:
        peaks, sums = others[: self.depth], others[self.depth :]
        most = self._most()
        slope = slope_at_zero(peaks, sums, first)
        if self.shares is None and gain > most:
            unit = peaks[0] * sums[0]  # a_0 a_1
            bound = f"s_0 <= linear a_0 a_1 = {float(most * unit):.6g}"
            found = gain * unit
        elif slope > most:
            bound = f"sum s_i / (a_0 .. a_i) <= linear = {most:.6g}"
            found = slope
        else:
            return
        raise InvalidArgumentError(
            f"the scales clip the sum unit: sign -1 takes {bound}, and it is "
            f"{float(found):.6g}; pass smaller scales"
        )

    def _most(self) -> float:
        """Return c as the weights have it, rounded to their dtype."""
        return float(torch.tensor(self.linear, dtype=self.peaks.dtype))

    def _numbers(self) -> tuple[list[Any], list[Any], Any]:
        """Return peaks a_0 .. a_(d-1), sums and first of ``exact_layers``, rounded."""
        grid = spacing(self.peaks.dtype)
        peaks = list(_straight(self.peaks, round_peaks(self.peaks)).unbind(-1))
        if self.shares is None:
            wanted = self.gain / (1 - peaks[0])
            first = _short(wanted)
            over = first * (1 - peaks[0]) > self.gain  # an exact product
            first = torch.where(over, _short(wanted * (1 - grid)), first)
            return peaks[:-1], peaks[1:], _straight(wanted, first)
        one = torch.ones_like(self.gain)
        sums = share_sums(peaks, self.shares.unbind(-1), self.gain)
        short = [_short(total) for total in sums]
        if self.sign < 0:
            # Floats err by less than this; near the bound all sums are rounded down.
            slack = 1 - 4 * (self.depth + 1) * torch.finfo(self.peaks.dtype).eps
            over = slope_at_zero(peaks, short, one) > self._most() * slack
            low = [_short(total * (1 - 2 * grid)) for total in sums]
            short = [torch.where(over, *pair) for pair in zip(low, short, strict=True)]
        pairs = zip(sums, short, strict=True)
        return peaks, [_straight(total, near) for total, near in pairs], one


def run_layers(layers: Sequence[tuple[Any, Any]], values: Any) -> Any:
    """Return the outputs of ReLU networks side by side.

    Parameters
    ----------
    layers : (W, b) of shapes (.., out, in) and (.., out), the output layer last
    values : (.., in, n)
    """
    for k, (weight, bias) in enumerate(layers):
        values = weight @ values + bias[..., None]
        values = values if k == len(layers) - 1 else values.relu()
    return values


def arrays_of(layers: Sequence[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return tensors (W, b) as arrays."""
    return [(W.detach().cpu().numpy(), b.detach().cpu().numpy()) for W, b in layers]


def sequential(layers: Sequence[tuple[Any, Any, bool]]) -> Any:
    """Return a ``torch.nn.Sequential`` of (W, b, whether a ReLU follows).

    None follows the last one.
    """
    modules: list[Any] = []
    for weight, bias, cut in layers:
        n_out, n_in = weight.shape
        linear = torch.nn.Linear(n_in, n_out, dtype=weight.dtype)
        with torch.no_grad():
            linear.weight.copy_(weight)
            linear.bias.copy_(bias)
        modules += [linear, torch.nn.ReLU()] if cut else [linear]
    if layers[-1][2]:
        modules.pop()
    return torch.nn.Sequential(*modules)


def _stacked(layers: Layers, like: Any) -> list[tuple[Any, Any]]:
    """Return rows of numbers and of tensors (K,) as tensors (K, out, in), (K, out)."""

    def filled(entries: Sequence[Any]) -> Any:
        known = [e if torch.is_tensor(e) else torch.full_like(like, e) for e in entries]
        return torch.stack(known, dim=-1)

    return [
        (torch.stack([filled(row) for row in rows], dim=-2), filled(biases))
        for rows, biases in layers
    ]


def _straight(value: Any, rounded: Any) -> Any:
    """Return the rounded value with the gradient of the other (straight through)."""
    return value + (rounded - value).detach()


def spacing(dtype: Any) -> float:
    """Return that of peaks: half of the mantissa, 2^-26 for float64."""
    bits = 1 - round(np.log2(torch.finfo(dtype).eps))
    return float(2.0 ** -(bits // 2))


def round_peaks(peaks: Any) -> Any:
    """Return peaks as multiples of their spacing; an exact operation."""
    grid = spacing(peaks.dtype)
    return torch.round(peaks / grid) * grid


def _short(value: Any) -> Any:
    """Return numbers rounded to the other half of the mantissa (Veltkamp's splitting).

    27 bits for float64: times a peak they are exact.
    """
    scaled = value * (1 / spacing(value.dtype) + 1)
    return (scaled - (scaled - value)).detach()


def _check_range(tensor: Any, what: str, low: float, high: float) -> None:
    for index, number in np.ndenumerate(tensor.detach().cpu().numpy()):
        if not low <= float(number) <= high:
            at = f"[{', '.join(map(str, index))}]" if index else ""
            raise InvalidArgumentError(
                f"{what}{at} is {float(number):.9g}; pass numbers in "
                f"[{low:.3g}, {high:.9g}]"
            )


def checked_linear(linear: Any) -> float:
    """Return c >= 0."""
    [c] = checked_numbers([linear], "linear")
    if c < 0:
        raise InvalidArgumentError(
            f"linear={c:.9g}: the sum unit passes a ReLU; pass a number >= 0"
        )
    return c


def checked_numbers(values: Any, what: str) -> list[float]:
    """Return a list of finite floats."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidArgumentError(
            f"{what}={values!r}; pass a list of numbers"
        ) from None
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise InvalidArgumentError(
            f"{what} has shape {array.shape} or is not finite; pass a list of numbers"
        )
    return [float(number) for number in array]
