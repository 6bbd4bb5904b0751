"""Secrets: classified by form, structure and name; never stored."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.casebench.tokens import MADE, token
from auditor.secrets import akia_account_id, classify
from auditor.secrets import detector as detector_module
from auditor.secrets import masking as masking_module
from auditor.secrets.masking import Masker
from auditor.secrets.vendors import formats

KEY = b"k" * 32


@pytest.mark.parametrize(
    "name",
    sorted(
        set(MADE) - {"hex32", "datadog_key", "password", "splunk_token", "aws_secret_access_key"}
    ),
)
def test_vendor_token_speaks_under_a_harmless_name(name: str) -> None:
    verdict = classify("APP_CONFIG", token(name))
    assert (verdict.cls, verdict.confidence) == ("secret", "high"), verdict


@pytest.mark.parametrize(
    ("name", "value", "cls"),
    [
        ("DB_PASSWORD", "hunter2", "secret"),
        ("DB_PASSWORD", "12345", "secret"),
        ("PASSWORD_MIN_LENGTH", "12", "harmless"),
        ("MAX_TOKENS", "4096", "harmless"),
        ("TOKEN_TTL_SECONDS", "3600", "harmless"),
        ("DB_SECRET_ARN", "arn:aws:x:y:1:z", "reference"),
        ("DB_PASSWORD", "${DB_PASSWORD}", "reference"),
        ("DB_PASSWORD", "changeme", "placeholder"),
        ("API_KEY", "<your-key-here>", "placeholder"),
        ("SECRET_KEY", "SECRET_KEY", "placeholder"),
        ("S3_KEY", "path/to/object.json", "reference"),
        ("KEYCLOAK_REALM", "main", "harmless"),
        ("CACHE_KEY", "orders:list", "harmless"),
        ("PASSWORD_FILE", "/run/secrets/db", "reference"),
    ],
)
def test_names_and_values(name: str, value: str, cls: str) -> None:
    assert classify(name, value).cls == cls


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["mysql", "-pS3cretPw99", "-h", "db"], True),
        (["mysql", "-p$PW"], False),
        (["redis-cli", "-a", "S3cretPw99", "ping"], True),
        (["nc", "-p", "8080"], False),
        (["sh", "-c", "export DB_PASSWORD=S3cretPw99 && run"], True),
        (["curl", "-u", "web:S3cretPw99", "https://x.example"], True),
        (["app", "--password-file", "/run/secrets/x"], False),
    ],
)
def test_commands(words: list[str], found: bool) -> None:
    assert (classify("command", words, "command").cls == "secret") is found


def test_wrong_types_are_value_errors() -> None:
    for bad in (("A", 3, "environment"), (1, "x", "environment"), ("A", "x", "nowhere")):
        with pytest.raises(ValueError, match="is"):
            classify(*bad)  # type: ignore[arg-type]


def test_vendor_table_is_wide_bounded_and_sourced() -> None:
    table = formats()
    assert len(table) >= 100
    for form in table:
        assert form.source.startswith("https://")
        assert not {"*", "+"} & set(
            form.pattern.pattern.replace("\\+", "")
            .replace("[A-Za-z0-9+", "")
            .replace("*", "*")[-3:]
        ), form.kind


def test_account_of_an_access_key() -> None:
    key = token("aws_access_key_id")
    assert akia_account_id(key) is not None
    assert akia_account_id("AKIA") is None


def test_preview_and_reason_tell_nothing_of_the_value() -> None:
    value = token("password")
    verdict = classify("DB_PASSWORD", value)
    assert value not in repr(verdict)
    assert verdict.preview == "…"


def test_a_fault_of_the_scanner_is_unclassified(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(masking_module, "judge", broken)
    assert Masker(KEY).value("A", "b", "environment").value_class == "unclassified"
    assert Masker(KEY).value("A", {"@masked": {}}, "environment").value_class == "unclassified"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_is_judged_and_secrets_are_never_kept(name: str, value: str) -> None:
    found = Masker(KEY).value(name, value, "environment")
    assert found.value_class in ("secret", "placeholder", "reference", "harmless")
    assert found.value is None or found.value_class in ("harmless", "reference")


UNITS = st.sampled_from(
    [
        "a", "A1", "://a:b@", "eyJ.", "-----BEGIN ", "sk-", "p=", "$2b$", "x.", "/a", "{", "[", '"',
        "password=", "Basic ", "AAAA", "1/", "PASSWORD=$(", "-u root -p", "\\", "'", ";", "&&",
        "H4sI", "=", "%20", "${A:-", "\n", "--boundary\n", "-----END ", "host=a ", ":", "é", "0x",
    ]
)  # fmt: skip


def seconds(pattern: list[str], size: int, where: str) -> float:
    unit = "".join(pattern)
    text = (unit * (size // len(unit) + 1))[:size]
    began = time.process_time()
    if where == "command":
        classify("command", text.split(" "), where)
    else:
        classify("DB_CONFIG", text, where)
    return time.process_time() - began


@settings(max_examples=60, deadline=None)
@given(st.lists(UNITS, min_size=1, max_size=4), st.sampled_from(detector_module.PLACES))
def test_work_grows_linearly(pattern: list[str], where: str) -> None:
    seconds(pattern, 1024, where)
    small, large = seconds(pattern, 16_384, where), seconds(pattern, 65_536, where)
    # Half a second for 64 KB; a slow moment of the machine may double it, a square would not stop.
    assert large < max(1.0, 8 * small), f"{small:.2f} s, then {large:.2f} s"
    assert large < 2.0


def test_no_secret_byte_reaches_disk_or_reports(demo: Path) -> None:
    made = {name: token(name).encode() for name in MADE if name != "pem_private_key"}
    for path in sorted(demo.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        for name, secret in made.items():
            assert secret not in data, f"{name} is in {path.name}"
