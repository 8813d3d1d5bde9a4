"""Words that the synthesiser knows, in ARPABET with stress digits (1 primary, 0 none)."""

from __future__ import annotations

from collections.abc import Mapping

from coincell.errors import InputError
from coincell.signals.phones import PHONES, is_vowel

WAKE_WORD = "coincell"
"""The word this project's own device answers to."""

CONFUSABLE: dict[str, str] = {
    "coin": "K OY1 N",
    "cell": "S EH1 L",
    "council": "K AW1 N S AX0 L",
    "cancel": "K AE1 N S AX0 L",
    "consul": "K AA1 N S AX0 L",
    "tinsel": "T IH1 N S AX0 L",
    "pencil": "P EH1 N S AX0 L",
    "consent": "K AX0 N S EH1 N T",
    "conceal": "K AX0 N S IY1 L",
    "oneself": "W AH0 N S EH1 L F",
    "counting": "K AW1 N T IH0 NG",
    "pointless": "P OY1 N T L EH0 S",
    "coinless": "K OY1 N L EH0 S",
    "joinery": "JH OY1 N ER0 IY0",
    "hotel": "HH OW0 T EH1 L",
    "noiseless": "N OY1 Z L EH0 S",
}
"""Words that share syllables or their rhythm with the wake word."""

OTHER: dict[str, str] = {
    "hello": "HH EH0 L OW1",
    "computer": "K AX0 M P Y UW1 T ER0",
    "seven": "S EH1 V AX0 N",
    "yellow": "Y EH1 L OW0",
    "lights": "L AY1 T S",
    "music": "M Y UW1 Z IH0 K",
    "window": "W IH1 N D OW0",
    "telephone": "T EH1 L AX0 F OW0 N",
    "weather": "W EH1 DH ER0",
    "morning": "M AO1 R N IH0 NG",
    "kitchen": "K IH1 CH AX0 N",
    "good": "G UH1 D",
    "please": "P L IY1 Z",
    "question": "K W EH1 S CH AX0 N",
    "battery": "B AE1 T ER0 IY0",
    "oyster": "OY1 S T ER0",
    "seashell": "S IY1 SH EH0 L",
    "thousand": "TH AW1 Z AX0 N D",
    "measure": "M EH1 ZH ER0",
    "after": "AE1 F T ER0",
    "stop": "S T AA1 P",
    "going": "G OW1 IH0 NG",
    "people": "P IY1 P AX0 L",
    "remember": "R IH0 M EH1 M B ER0",
    "voice": "V OY1 S",
    "down": "D AW1 N",
}
"""Everything else people say near the device."""

LEXICON: dict[str, str] = {WAKE_WORD: "K OY1 N S EH1 L", **CONFUSABLE, **OTHER}


def pronounce(word: str, extra: Mapping[str, str] | None = None) -> tuple[tuple[str, int], ...]:
    """Phones of `word` with their stress, for instance (("K", 0), ("OY", 1), ...).

    `extra` adds pronunciations. Raises InputError for an unknown word or phone.
    """
    lexicon = {**LEXICON, **(extra or {})}
    if word not in lexicon:
        raise InputError(
            "nobody has said how this word sounds",
            key="word",
            value=word,
            allowed=sorted(lexicon),
            mend='add it to the recipe: pronunciations = { word = "W ER1 D" } (ARPABET)',
        )
    return tuple(_phone(word, token) for token in lexicon[word].split())


def _phone(word: str, token: str) -> tuple[str, int]:
    name, digit = (token[:-1], token[-1]) if token[-1:].isdigit() else (token, "0")
    if name not in PHONES or digit not in "012" or (digit != "0" and not is_vowel(name)):
        raise InputError(
            f"the pronunciation of {word!r} has a sound that is not ARPABET",
            key="pronunciations",
            value=token,
            allowed=sorted(PHONES),
            mend="vowels may carry a stress digit: 0 none, 1 primary, 2 secondary",
        )
    return name, int(digit)
