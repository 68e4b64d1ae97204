# SPDX-License-Identifier: MIT
"""TriangularWaveNet: networks with 2^d regions by construction, trainable by peaks.

Milkert, Hyde, Laine, "Compelling ReLU Networks to Exhibit Exponentially Many Linear
Regions at Initialization and During Training" (ICML 2025, arXiv 2311.18022). The
weights are in ``triangular_weights``, the module's parameters in ``triangular_bank``;
training is in ``triangular_training``; several inputs, non-convex functions and a layer
for other modules are in ``triangular_layer``.

Needs torch (extra ``torch``); ``import polyregions`` does not load it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from numpy.typing import ArrayLike

from .errors import InvalidArgumentError
from .extras import optional_import
from .network import Network
from .triangular_bank import (
    WaveBank,
    arrays_of,
    checked_linear,
    checked_numbers,
    round_peaks,
    sequential,
    spacing,
)
from .triangular_reading import candidates, not_a_wave, same_weights
from .triangular_weights import heights, shares_of

torch: Any = optional_import("torch", "torch")


class TriangularWaveNet(WaveBank):
    """A ReLU network of width 4 with exactly 2^d linear regions on [0, 1].

    F(x) = c x + sign * sum_i s_i W_i(x), W_i = T_i o .. o T_0, T_i the triangle of peak
    a_i. A torch module of its peaks; ``to_network`` gives the ordinary network, for
    ``count_regions``, and ``release`` an ordinary torch module.

    On [0, 1] there are 2^d activation regions whatever the peaks are, and as many
    linear regions unless free scales cancel a bend; on all of R two more, for d >= 2
    and sign -1, or for sign 1 without linear term; one more for d = 1.

    Parameters
    ----------
    peaks : a_0 .. a_d in (0, 1), rounded to multiples of 2^-26; d hidden layers. The
        last one is spare: only the scale s_(d-1) has it. With scales of your own there
        is no spare one: d peaks.
    scales : "theorem", or d numbers s_i >= 0
        "theorem": s_(i+1) = s_i (1 - a_(i+1)) a_(i+2) (Theorem 3.1), for which F is
        differentiable in the limit of all depths. Numbers of your own are rounded to 27
        bits, relative to prod_(j <= i) a_j (1 - a_j).
    sign : 1 or -1, of the waves: concave or convex with Theorem 3.1
    linear : c >= 0, the slope of the linear term; it is not trained
    first_scale : s_0 for "theorem", linear a_0 a_1 by default (a_0 a_1 for sign 1)
    dtype : torch.float64, or torch.float32 with peaks of 12 bits

    Raises
    ------
    InvalidArgumentError
        Peaks outside (0, 1), or scales with which the sum unit, which passes a ReLU,
        is clipped: with sign -1 it takes c >= sum_i s_i / (a_0 .. a_i), and with
        Theorem 3.1 s_0 <= c a_0 a_1.
    MissingExtraError
        torch is not installed.

    Notes
    -----
    Yarotsky's x^2: peaks 1/2, sign -1, linear 1; the error on [0, 1] is 4^-(d + 1).
    """

    def __init__(
        self,
        peaks: ArrayLike,
        scales: Any = "theorem",
        *,
        sign: int = -1,
        linear: float = 1.0,
        first_scale: float | None = None,
        dtype: Any = torch.float64,
    ) -> None:
        a = _checked_peaks(peaks, dtype)
        c = checked_linear(linear)
        if isinstance(scales, str):
            if scales != "theorem" or len(a) < 2:
                raise InvalidArgumentError(
                    f'scales={scales!r} and {len(a)} peaks; pass "theorem" and d + 1 '
                    "peaks, two or more, or d peaks and as many scales"
                )
            gain, shares = (c if sign == -1 else 1.0), None
            if first_scale is not None:
                gain = _checked_scales([first_scale])[0] / (a[0] * a[1])
        else:
            s = _checked_scales(scales)
            if len(s) != len(a) or first_scale is not None:
                raise InvalidArgumentError(
                    f"{len(a)} peaks and {len(s)} scales: pass as many, without "
                    "first_scale; a spare peak is for the scales of Theorem 3.1"
                )
            gain, shares = _shares(a, s)
        tensors = [
            None if value is None else torch.tensor(value, dtype=dtype)
            for value in (a, gain, shares)
        ]
        super().__init__(*tensors, sign=sign, linear=c)
        self.check()

    def to_network(self, form: str = "exact") -> Network:
        """Return the ordinary network of this function, widths 1, 4, .., 4, 1.

        Parameters
        ----------
        form : "exact" or "paper"
            "exact": weights are exact products of the peaks, the counts those of the
            construction. "paper": the paper's weights with 1 / a; in float64 they have
            sliver regions, which are counted.

        Raises
        ------
        InvalidArgumentError
            Parameters of which the sum unit is clipped, or no peaks: after an optimiser
            call ``project_``.
        """
        self.check()
        if form == "paper" and not bool((self.scales > 0).all()):
            raise InvalidArgumentError(
                'form="paper" divides by the scales; pass scales > 0, or form="exact"'
            )
        return Network(arrays_of(self.layers(form)))

    @classmethod
    def from_network(cls, network: Network) -> TriangularWaveNet:
        """Return the module of which ``to_network`` gives exactly this network.

        Both forms are read. Of one hidden layer in the paper's form with a spare peak
        only the product of s_0 and that peak can be seen: it is refused.

        Raises
        ------
        InvalidNetworkError
            It is no such network, to the last bit.
        """
        for read in candidates(network):
            zeros = [0.0] * len(read.peaks)
            scales: Any = "theorem" if read.shares is None else zeros
            with suppress(InvalidArgumentError):  # it is not of this kind
                net = cls(read.peaks, scales, sign=read.sign, linear=read.linear)
                with torch.no_grad():
                    net.gain.fill_(read.gain)
                    if net.shares is not None:
                        net.shares.copy_(torch.tensor(read.shares, dtype=torch.float64))
                if same_weights(net.to_network(read.form), network):
                    return net
        raise not_a_wave("no peaks and scales give its weights to the last bit")

    def release(self, form: str = "exact") -> Any:
        """Return a ``torch.nn.Sequential`` of the same function, all weights free."""
        self.check()
        return sequential([(W, b, True) for W, b in self.layers(form)])


def _shares(peaks: list[float], scales: list[float]) -> tuple[float, list[float]]:
    products = heights(peaks)
    if not products[-1]:
        raise InvalidArgumentError(
            f"{len(peaks)} peaks: the product of a (1 - a) is less than a float64 "
            'holds; pass fewer, or scales="theorem"'
        )
    parts = zip(scales, products, strict=True)
    gain, shares = shares_of(peaks, [scale / product for scale, product in parts])
    return gain, shares


def _checked_peaks(peaks: Any, dtype: Any) -> list[float]:
    """Return the peaks as the module has them, rounded."""
    if dtype not in (torch.float32, torch.float64):
        raise InvalidArgumentError(
            f"dtype={dtype!r}; pass torch.float64 or torch.float32"
        )
    found = checked_numbers(peaks, "peaks")
    rounded: list[float] = round_peaks(torch.tensor(found, dtype=dtype)).tolist()
    for k, peak in enumerate(rounded):
        if not 0 < peak < 1:
            raise InvalidArgumentError(
                f"peaks[{k}] is {found[k]:.9g}; pass numbers in (0, 1), multiples of "
                f"{spacing(dtype):.3g}"
            )
    return rounded


def _checked_scales(scales: Any) -> list[float]:
    found = checked_numbers(scales, "scales")
    for k, scale in enumerate(found):
        if scale < 0:
            raise InvalidArgumentError(f"scales[{k}] is {scale:.9g}; pass numbers >= 0")
    return found
