"""The fingerprint key: made once, private, outside of any database."""

from __future__ import annotations

import datetime
import stat
from pathlib import Path

import pytest

from auditor.errors import ConfigError
from auditor.secrets.keys import VARIABLE, fingerprint, installation_key, key_id, key_path
from auditor.snapshot import Header, Part
from auditor.snapshot.merge import merge


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def test_the_key_is_made_once_and_private(state: Path) -> None:
    first = installation_key()
    assert installation_key() == first
    assert len(first) == 32
    path = key_path()
    assert path.is_relative_to(state)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_the_environment_gives_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "ab" * 32)
    assert installation_key() == bytes.fromhex("ab" * 32)
    assert not key_path().exists()


@pytest.mark.parametrize("text", ["", "zz" * 32, "ab" * 31, "é" * 64])
def test_a_spoilt_key_is_refused_without_being_told(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    key_path().parent.mkdir(parents=True)
    key_path().write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        installation_key()
    assert text == "" or text not in str(raised.value)
    monkeypatch.setenv(VARIABLE, "ab" * 31)
    with pytest.raises(ConfigError, match="64 hex digits"):
        installation_key()


def test_fingerprints_compare_under_one_key_alone() -> None:
    one, other = b"a" * 32, b"b" * 32
    assert fingerprint("hunter2", one) == fingerprint("hunter2", one)
    assert fingerprint("hunter2", one) != fingerprint("hunter3", one)
    assert fingerprint("hunter2", one) != fingerprint("hunter2", other)
    assert fingerprint("\ud800", one)
    assert key_id(one) != key_id(other)
    assert key_id(one) not in (one.hex(), fingerprint("hunter2", one)[:8])


def test_another_key_than_the_last_snapshots_is_noticed(tmp_path: Path) -> None:
    db, at = tmp_path / "audit.duckdb", datetime.datetime(2026, 1, 2)  # noqa: DTZ001
    first = Part.create(db, Header("20260102T000000Z-aaaaaaaa", at, "1", {}, "k1"))
    assert not first.changed_key()
    merge(first, at, "complete")
    for number, (key, changed) in enumerate((("k1", False), ("k2", True))):
        part = Part.create(db, Header(f"20260102T00000{number}Z-bbbbbbbb", at, "1", {}, key))
        assert part.changed_key() is changed
        part.abandon()
