"""A picture of a signal: its whole life where that is long, a stretch of it, and its frequencies."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np

from coincell.errors import InputError, MissingToolError
from coincell.ports import Samples
from coincell.report.json import check_writable
from coincell.report.signal_frequencies import VIEWS, Frequencies, frequencies
from coincell.report.signal_labels import Stretches
from coincell.report.signal_life import Life, life
from coincell.report.signal_look import Look, channel_names, scaled
from coincell.report.units import quantity

_LINES = ("#1b4f8f", "#c4541a", "#3a7d34", "#7a3b8f", "#8a6d1f", "#0f7c80")
_MOST_LINES = 6
"""With more channels than this, they are rows of an image."""
_DRAWN = 4000
"""Columns of an envelope: more than a picture has pixels."""
_FAR = 20
"""A stretch that begins so many of its lengths away has a time of its own."""
_WIDTH_IN, _DPI = 11.0, 110


def check(path: Path, view: str) -> None:
    """Raise what would keep `draw` from its work: MissingToolError, InputError."""
    if view not in VIEWS:
        raise InputError("there is no such view", where="--view", value=view, allowed=VIEWS)
    if path.suffix.lower() != ".png":
        raise InputError("a picture is a .png file", where="--png", value=str(path))
    check_writable(path)
    _matplotlib()


def _matplotlib() -> Any:
    try:
        import matplotlib
    except ImportError:
        raise MissingToolError(
            "a picture needs matplotlib, which is not installed here.\n"
            "  to get it: pip install -e '.[plot]' in the checkout   (or: pip install matplotlib)"
        ) from None
    return matplotlib


def draw(seen: Look, path: Path, view: str = "auto") -> None:
    """Write the picture. The same look makes the same bytes, whatever the user's own settings are."""
    matplotlib = _matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {"font.size": 9, "axes.titlesize": 9, "axes.grid": True, "grid.alpha": 0.25}
        )
        figure = Figure(figsize=(_WIDTH_IN, 1), dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        _Picture(figure, seen, view).draw()
        figure.savefig(path, metadata={"Software": None})


class _Picture:
    """One figure being filled, from the top down."""

    def __init__(self, figure: Any, seen: Look, view: str) -> None:
        self._figure, self._seen = figure, seen
        self._stretches = Stretches(seen)
        self._life = life(seen)
        self._frequencies = frequencies(seen, view)
        self._time = _Time(seen)
        self._is_image = seen.signal.n_channels > _MOST_LINES

    def draw(self) -> None:
        n_time = 1 if self._is_image else self._seen.signal.n_channels
        time_in = 2.6 if n_time == 1 else 1.35
        heights = [1.7] * (self._life is not None) + [time_in] * n_time + [2.6]
        self._figure.set_size_inches(_WIDTH_IN, sum(heights) + 0.35 * len(heights) + 0.7)
        axes = list(self._figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0])
        self._title()
        if self._life is not None:
            self._draw_life(axes.pop(0), self._life)
        if self._is_image:
            self._draw_image(axes.pop(0))
        else:
            self._draw_lines([axes.pop(0) for _ in range(n_time)])
        self._draw_frequencies(axes.pop(0), self._frequencies)
        patches = self._stretches.legend()
        if patches:
            self._figure.legend(handles=patches, loc="outside lower left", ncols=9, frameon=False)

    def _title(self) -> None:
        seen = self._seen
        rate = float(seen.signal.rate_hz)
        every = f"{rate:,.6g} Hz" if rate >= 1 else f"a sample every {1 / rate:g} s"
        self._figure.suptitle(
            f"{seen.name}   ({every}, seed {seen.seed})\n{shorten(seen.description, 130, placeholder=' …')}",
            x=0.01,
            ha="left",
            fontsize=10,
        )

    def _draw_life(self, axes: Any, course: Life) -> None:
        scale, unit = _time_scale(course.time_s[-1])
        factor, what = scaled(float(course.high.max()), self._seen.signal.unit)
        at = course.time_s * scale
        for number in range(1 if self._is_image else course.middle.shape[1]):
            colour = _LINES[number]
            low, high = factor * course.low[:, number], factor * course.high[:, number]
            axes.fill_between(at, low, high, color=colour, alpha=0.15, lw=0)
            axes.plot(at, factor * course.middle[:, number], color=colour, lw=1.1)
        if course.is_level:
            axes.set_yscale("log")
        axes.axvline(self._seen.start_s * scale, color="black", lw=0.8, ls=":")
        self._stretches.paint(axes, scale, 0.0, float(course.time_s[-1]))
        axes.set_xlim(0, at[-1])
        axes.set_title(f"{course.title}; the dotted line is where the stretch below begins", loc="left")
        axes.set_xlabel(f"time [{unit}]")
        axes.set_ylabel(what)

    def _draw_lines(self, rows: list[Any]) -> None:
        seen, time = self._seen, self._time
        names = channel_names(len(rows))
        factor, unit = scaled(float(np.abs(seen.samples).max()), seen.signal.unit)
        for number, (axes, name) in enumerate(zip(rows, names, strict=True)):
            at, low, high = _bounds(seen.samples[:, number])
            when = time.begin + at / float(seen.signal.rate_hz) * time.scale
            if low is high:
                axes.plot(when, factor * low, color=_LINES[number], lw=0.9)
            else:
                axes.fill_between(when, factor * low, factor * high, color=_LINES[number], lw=0.4)
            self._stretches.paint(axes, time.scale, time.start_s, time.end_s, time.begin)
            axes.set_xlim(time.begin, time.end)
            axes.set_ylabel(unit if len(rows) == 1 else f"{name} [{unit}]")
            axes.tick_params(labelbottom=axes is rows[-1])
        rows[-1].set_xlabel(time.label)

    def _draw_image(self, axes: Any) -> None:
        seen, time = self._seen, self._time
        step = max(1, len(seen.samples) // _DRAWN)
        drawn = axes.imshow(
            seen.samples[::step].T,
            aspect="auto",
            origin="lower",
            interpolation="nearest",
            extent=(time.begin, time.end, -0.5, seen.signal.n_channels - 0.5),
            cmap="inferno",
        )
        axes.grid(visible=False)
        self._figure.colorbar(drawn, ax=axes, label=seen.signal.unit, pad=0.01)
        self._stretches.bar(axes, time.scale, time.start_s, time.end_s, time.begin)
        axes.set_ylabel("channel")
        axes.set_xlabel(time.label)

    def _draw_frequencies(self, axes: Any, found: Frequencies) -> None:
        axes.set_title(found.title, loc="left")
        if found.image is not None:
            low, high = np.percentile(found.image, [5, 99.9])
            edges = np.linspace(self._time.begin, self._time.end, found.image.shape[1] + 1)
            drawn = axes.pcolormesh(
                edges,
                found.freq_hz,
                found.image,
                cmap="magma",
                vmin=low,
                vmax=max(high, low + 1),
                rasterized=True,
            )
            axes.grid(visible=False)
            axes.set_yscale("log" if found.is_wide else "linear")
            axes.set_xlabel(self._time.label)
            axes.set_ylabel("frequency [Hz]")
            self._figure.colorbar(drawn, ax=axes, label=found.unit, pad=0.01)
            return
        n_lines = found.lines.shape[1]
        for number, name in enumerate(channel_names(n_lines)):
            axes.plot(found.freq_hz, found.lines[:, number], color=_LINES[number], lw=0.8, label=name)
        if n_lines > 1:
            axes.legend(loc="upper right", ncols=n_lines, frameon=False)
        axes.set_xscale("log" if found.is_wide else "linear")
        axes.set_yscale("log" if found.is_wide else "linear")
        axes.set_xlim(found.freq_hz[0], found.freq_hz[-1])
        axes.set_xlabel("frequency [Hz]")
        axes.set_ylabel(found.unit)


class _Time:
    """The time axis of a look: from its signal's beginning, or from its own where that is far away."""

    def __init__(self, seen: Look) -> None:
        self.start_s, self.end_s = seen.start_s, seen.start_s + seen.duration_s
        self.scale, unit = _time_scale(seen.duration_s)
        is_far = seen.start_s > _FAR * seen.duration_s
        self.begin = 0.0 if is_far else self.start_s * self.scale
        self.end = self.begin + seen.duration_s * self.scale
        self.label = f"time after {quantity(seen.start_s, 's')} [{unit}]" if is_far else f"time [{unit}]"


def _bounds(x: Samples) -> tuple[Samples, Samples, Samples]:
    """Places, lowest and highest value there; of a short signal twice its own samples."""
    if len(x) <= _DRAWN:
        return np.arange(len(x), dtype=np.float64), x, x
    width = -(-len(x) // _DRAWN)
    whole = len(x) // width * width
    pieces = x[:whole].reshape(-1, width)
    return np.arange(0.0, whole, width), pieces.min(axis=1), pieces.max(axis=1)


def _time_scale(span: float) -> tuple[float, str]:
    """Factor from seconds, and the unit that suits a time axis of `span` [s]."""
    for limit, unit_s, unit in ((3 * 86_400, 86_400.0, "days"), (2 * 3600, 3600.0, "h"), (600, 60.0, "min")):
        if span > limit:
            return 1 / unit_s, unit
    return 1.0, "s"
