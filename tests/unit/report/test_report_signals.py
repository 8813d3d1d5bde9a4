"""What is said and drawn of a signal: levels, where one looks, and frequencies where they are."""

from fractions import Fraction

import numpy as np
import pytest

from coincell.errors import InputError
from coincell.ports import Label
from coincell.report.output import trimmed
from coincell.report.signal_frequencies import frequencies
from coincell.report.signal_labels import Stretches
from coincell.report.signal_life import life
from coincell.report.signal_look import look, scaled, summary, usual_s
from coincell.report.signal_picture import check, draw
from coincell.signals import Gridded

RATE = 8000


def tone(freq_hz=1000.0, labels=(), unit="g", n_channels=1, rate_hz=RATE, grows=0.0):
    """An amplitude of 2 about 0.25, and 1 % more in each further channel."""

    def render(index):
        t = (index * 1000 + np.arange(1000))[:, np.newaxis] / float(rate_hz)
        gain = (1 + 0.01 * np.arange(n_channels)) * (1 + grows * t)
        return 0.25 + 2 * gain * np.sin(2 * np.pi * freq_hz * t)

    return Gridded(render, labels, unit, rate_hz=Fraction(rate_hz), n_channels=n_channels, size=1000)


def seen(signal, start=0, seconds=2):
    return look("tone", "A tone", 3, signal, Fraction(start), Fraction(seconds))


def told(what):
    from rich.console import Console

    console = Console(width=100)
    with console.capture() as capture:
        console.print(what)
    return trimmed(capture.get())


def test_the_summary_has_rate_unit_channels_levels_and_labels():
    labels = (Label(0, 1, "still"), Label(1.5, 9, "moved"), Label(50, 51, "later"))
    text = told(summary(seen(tone(labels=labels, n_channels=3))))
    for part in (
        "8.0000 kHz",
        "channels          3",
        "seed              3",
        "2.00 s from 0 s on  16,000 samples",
    ):
        assert part in text
    row = next(line.split() for line in text.splitlines() if line.strip().startswith("x "))
    assert row[1:] == ["250", "mg", "1.41", "g", "2.25", "g", "-1.75", "g", "2.25", "g"]  # 2/sqrt(2)
    assert "still" in text
    assert "1.50 s   9.00 s   moved" in text
    assert "later" not in text
    assert "none in this stretch; 3 elsewhere" in told(summary(seen(tone(labels=labels), 20)))
    assert told(summary(seen(tone()))).endswith("none\n")


def test_many_channels_and_labels_are_counted_not_listed():
    labels = tuple(Label(n / 50, n / 50 + 0.01, f"step {n}") for n in range(40))
    text = told(summary(seen(tone(labels=labels, n_channels=64))))
    assert "and 52 more" in text
    assert "and 28 more" in text


@pytest.mark.parametrize(
    ("rate_hz", "labels", "seconds"),
    [
        (8000, (), 10),
        (8000, (Label(0, 20, "all"),), 20),
        (8000, (Label(18, 20, "end"),), 21),  # an event: with something after it
        (80_000, (Label(0, 3600, "all"),), 2),
        (100, (Label(0, 3600, "all"),), 40),
        (Fraction(1, 10), (Label(0, 86_400, "all"),), 86_400),
        (Fraction(1, 10), (), 40_000),
    ],
)
def test_one_looks_as_long_as_suits_the_signal(rate_hz, labels, seconds):
    assert usual_s(tone(labels=labels, rate_hz=rate_hz)) == seconds


def test_one_looks_where_the_first_label_is():
    found = look("x", "", 1, tone(labels=(Label(500, 502, "fall"), Label(900, 3600, "b")), rate_hz=100))
    assert found.start_s == 496
    late = look("x", "", 1, tone(labels=(Label(39, 39.9, "knock"), Label(900, 3600, "b")), rate_hz=100))
    assert late.start_s == 35  # what the first look would have at its very end
    assert [label.name for label in found.labels] == ["fall"]
    with pytest.raises(InputError, match="up to 33,554,432 samples"):
        seen(tone(), seconds=10_000)


def test_a_spectrum_has_its_line_where_the_tone_is():
    found = frequencies(seen(tone(440.0)), "spectrum")
    at = int(np.argmax(found.lines[:, 0]))
    step = found.freq_hz[1] - found.freq_hz[0]
    assert found.freq_hz[at] == pytest.approx(440, abs=step)
    # all of the power is there: 2 is an r.m.s. of sqrt(2)
    assert np.sqrt(np.sum(found.lines[:, 0] ** 2) * step) == pytest.approx(np.sqrt(2), rel=0.01)
    assert found.unit == "g/√Hz"


@pytest.mark.parametrize("unit", ["Pa", "g"])
def test_a_spectrogram_has_its_row_where_the_tone_is(unit):
    found = frequencies(seen(tone(1234.0, unit=unit)), "spectrogram")
    row = int(np.argmax(found.image.mean(axis=1)))
    assert found.freq_hz[row] - 20 < 1234 < found.freq_hz[row + 1] + 20
    assert found.image.shape[0] == len(found.freq_hz) - 1
    assert found.is_wide == (unit == "g")


def test_the_envelope_has_its_line_where_the_ringing_repeats():
    def render(index):
        t = (index * 1000 + np.arange(1000)) / RATE
        return np.sin(2 * np.pi * 1200 * t) * np.exp(-200 * np.mod(t, 1 / 40))

    found = frequencies(seen(Gridded(render, unit="g", rate_hz=RATE, size=1000), seconds=4), "envelope")
    lines = found.lines[:, 0]
    assert found.freq_hz[int(np.argmax(lines))] == pytest.approx(40, abs=0.3)
    assert found.freq_hz[-1] <= 160
    with pytest.raises(InputError, match="too few samples"):
        frequencies(seen(tone(), seconds=Fraction(1, 10)), "envelope")


def test_what_never_changes_has_no_frequencies():
    still = Gridded(lambda _: np.full(1000, 5.0), (Label(0.5, 1, "a"),), "V", size=1000)
    found = frequencies(seen(still), "auto")
    assert found.image is None
    assert "nothing changes" in found.title
    assert not found.lines.any()


def test_the_view_follows_the_signal():
    change = (Label(0, 1, "a"), Label(1, 9, "b"))
    assert frequencies(seen(tone()), "auto").image is None
    assert frequencies(seen(tone(labels=change)), "auto").image is not None
    assert frequencies(seen(tone(unit="Pa")), "auto").image is not None
    slow = tone(0.01, labels=change, rate_hz=Fraction(1, 2))
    assert frequencies(seen(slow, seconds=400), "auto").image is None


def test_a_long_signals_course_is_its_level_over_time():
    long = (Label(0, 100, "all"),)
    assert life(seen(tone(labels=(Label(0, 7, "all"),)))) is None
    course = life(seen(tone(labels=long, grows=0.1)))
    assert course.is_level
    expected = np.sqrt(0.25**2 + 2 * (1 + 0.1 * course.time_s) ** 2)
    assert np.allclose(course.middle[:, 0], expected, rtol=0.02)
    assert course.time_s[-1] == pytest.approx(100, abs=1)
    shifted = tone(labels=long, unit="V")
    level = life(
        seen(Gridded(lambda i: 9 + shifted.samples(i * 1000, 1000), long, "V", rate_hz=RATE, size=1000))
    )
    assert not level.is_level
    assert np.allclose(level.middle, 9.25, atol=0.05)
    assert np.allclose(level.high, 11.25, atol=0.05)


@pytest.mark.parametrize(
    ("peak", "unit", "expected"),
    [
        (0.283, "g", (1e3, "mg")),
        (9e-8, "A", (1e9, "nA")),
        (5.0, "V", (1.0, "V")),
        (0.0, "V", (1.0, "V")),
        (1e5, "Pa", (1e-3, "kPa")),
        (21.5, "°C", (1.0, "°C")),
    ],
)
def test_axes_have_a_prefix_that_suits(peak, unit, expected):
    factor, name = scaled(peak, unit)
    assert (pytest.approx(factor), name) == expected


PICTURES = {
    "one channel": (tone(), 0, 2),
    "three, labelled, long": (tone(n_channels=3, labels=(Label(0, 1, "a"), Label(1, 99, "b"))), 0, 2),
    "sixty-four": (tone(3.0, n_channels=64, unit="°C", rate_hz=10, labels=(Label(2, 9, "cat"),)), 0, 40),
    "far away": (tone(labels=(Label(0, 90_000, "healthy"),)), 80_000, 1),
    "hardly any": (tone(), 0, Fraction(1, RATE)),
    "constant": (Gridded(lambda _: np.full(1000, 5.0), unit="V", size=1000), 0, 1),
    "nothing": (Gridded(lambda _: np.zeros(1000), unit="Pa", size=1000), 0, 1),
    "many names": (tone(labels=tuple(Label(n / 9, (n + 1) / 9, f"w{n}") for n in range(18))), 0, 2),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("signal", PICTURES.values(), ids=PICTURES)
def test_every_shape_of_signal_is_drawn_and_the_same_each_time(tmp_path, signal):
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    for path in (first, second):
        draw(seen(*signal), path)
    data = first.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert b"Software" not in data
    assert data == second.read_bytes()


def test_labels_colour_what_they_cover(tmp_path):
    from matplotlib.image import imread

    draw(seen(tone(0.0, labels=(Label(0, 1, "healthy"), Label(1, 2, "failed")))), tmp_path / "a.png")
    pixels = imread(tmp_path / "a.png")[:, :, :3]
    row = pixels[pixels.shape[0] // 5]
    left, right = row[len(row) // 4], row[3 * len(row) // 4]
    assert left[1] > left[0] + 0.05  # green
    assert right[0] > right[1] + 0.05  # red


def test_the_legend_names_what_is_shown_and_counts_the_rest():
    stretches = Stretches(seen(tone(labels=tuple(Label(n / 9, (n + 1) / 9, f"w{n}") for n in range(20)))))

    class Axes:
        def axvspan(self, left, right, **_):
            assert 0 <= left < right <= 2

    stretches.paint(Axes(), 1.0, 0.0, 2.0)
    names = [patch.get_label() for patch in stretches.legend()]
    assert names == [*(f"w{n}" for n in range(8)), "and 10 more"]


def test_what_cannot_be_drawn_is_told_before(tmp_path):
    for path, view, says in (
        (tmp_path / "x.jpg", "auto", "a picture is a .png file"),
        (tmp_path / "x.png", "waterfall", r"--view: [\s\S]*auto, spectrum, spectrogram, envelope"),
        (tmp_path / "no" / "x.png", "auto", "no folder"),
    ):
        with pytest.raises(InputError, match=says):
            check(path, view)
