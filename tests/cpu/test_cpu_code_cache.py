"""The cache of compiled regions: damaged, foreign and surplus entries never run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from coincell.cpu.compiled import code_cache
from coincell.cpu.compiled.code_cache import CodeCache


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    cache = CodeCache(tmp_path / "regions")
    key = CodeCache.key("layout", b"code")
    assert cache.load(key) is None
    cache.save(key, b"object")
    assert CodeCache(tmp_path / "regions").load(key) == b"object"
    assert (tmp_path / "regions").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 100])
def test_a_damaged_entry_is_not_loaded(tmp_path: Path, damage: bytes) -> None:
    cache = CodeCache(tmp_path)
    cache.save("entry", b"object")
    (tmp_path / "entry").write_bytes(damage)
    assert cache.load("entry") is None
    cache.save("entry", b"rebuilt")
    assert cache.load("entry") == b"rebuilt"


def test_every_part_counts_towards_the_key() -> None:
    keys = {CodeCache.key(*parts) for parts in [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), (b"abc",)]}
    assert len(keys) == 4  # text and bytes of the same content are one


def test_a_folder_that_others_may_write_is_not_used(tmp_path: Path) -> None:
    cache = CodeCache(tmp_path)
    cache.save("entry", b"object")
    tmp_path.chmod(0o777)
    open_to_all = CodeCache(tmp_path)
    assert not open_to_all.usable
    assert open_to_all.load("entry") is None


def test_a_folder_that_cannot_be_made_costs_only_speed(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    cache = CodeCache(blocker / "regions")
    cache.save("entry", b"object")
    assert cache.load("entry") is None


def test_the_oldest_entries_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = CodeCache(tmp_path)
    for age, name in enumerate(["new", "middle", "old"]):
        cache.save(name, bytes(100))
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    monkeypatch.setattr(code_cache, "MOST_BYTES", 300)
    CodeCache(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["middle", "new"]
