"""Rooms: how a word changes on its way across one. Synthetic, from a seed."""

from __future__ import annotations

import numpy as np
import scipy  # its parts load when first used: most of a second for signal

from coincell.signals.blocks import RATE_HZ, Mono
from coincell.signals.speakers import SPLITS, Split
from coincell.signals.streams import stream


def impulse_response(split: Split, number: int) -> Mono:
    """Room `number` of `split`: direct sound, a few reflections, a tail that decays; unit energy.

    Living rooms and offices: reverberation times of 0.15 to 0.6 s, direct sound 0 to 12 dB above the
    rest (estimate). The tail loses its high notes first, as absorption in air and cloth has it.
    """
    rng = stream(SPLITS.index(split) << 24 | number, "room response")
    rt60_s = rng.uniform(0.15, 0.6)
    n = int(rt60_s * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    decay = 10 ** (-3 * t / rt60_s)  # 60 dB after rt60
    bright, dull = rng.standard_normal((2, n))
    low_pass = scipy.signal.butter(1, rng.uniform(800, 2500), fs=RATE_HZ, output="sos")
    tail = decay * (scipy.signal.sosfilt(low_pass, dull) * 2 + bright * decay**1.5)
    tail[: int(rng.uniform(0.002, 0.012) * RATE_HZ)] = 0
    response: Mono = tail / np.sqrt(np.sum(tail**2))
    for _ in range(6):
        response[int(rng.uniform(0.001, 0.03) * RATE_HZ)] += rng.uniform(-0.5, 0.5)
    response[0] = 0
    response *= 10 ** (-rng.uniform(0, 12) / 20) / np.sqrt(np.sum(response**2))
    response[0] = 1.0
    return response / float(np.sqrt(np.sum(response**2)))


def reverberate(sound: Mono, response: Mono) -> Mono:
    """`sound` as heard in the room: longer by the tail."""
    heard: Mono = scipy.signal.oaconvolve(sound, response)
    return heard
