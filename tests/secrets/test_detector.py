"""Secrets: classified by form, structure and name; never stored."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.casebench.tokens import MADE, token
from auditor.secrets import Verdict, akia_account_id, classify, keepable
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
        ("PRIVATE_KEY_PATH", "./keys/private.pem", "reference"),
        ("DB_SECRET", "rds!cluster-1f0c2d3e-4a5b-4c6d-8e7f-9a0b1c2d3e4f", "reference"),
        ("TOKEN", "%{TOKEN}", "reference"),
        ("DB_PASSWORD", "$DB_PASSWORD", "reference"),
        ("DB_PASSWORD", "$ummer2026", "secret"),
        ("DB_PASSWORD", "EgFKwD3O13QA/qXEYjvFz/Uu", "secret"),
        ("データベースパスワード", "secure657", "secret"),
        ("クライアントシークレット", "R7Km9ZN7baAfKNRHaUtM8EnQ", "secret"),
        ("ERLANG_COOKIE", "NJFDAPUSWGXRLAFHJHMX", "secret"),
        ("ADMIN_PIN", "777819", "secret"),
        ("STATUS_PIN", "13", "harmless"),
        ("NEO4J_AUTH", "neo4j/2rE33wx8yHHW", "secret"),
        ("BUNDLE_GEMS__EXAMPLE__COM", "acme:t9X2z5AQK3xxEiAL", "secret"),
        ("VAULT_SECRET_ID", "6785ad9a-638a-4bc7-becd-c87936fd0f8e", "secret"),
        ("SECRET_ID", "6785ad9a-638a-4bc7-becd-c87936fd0f8e", "harmless"),
        ("AESKEY", "sKzE9BLIaA9Kf1aheidkZEYG", "secret"),
        ("JWT_KID", "GbxitktKi3JTUjkD", "harmless"),
        ("PASSWORD_STRENGTH", "3", "harmless"),
        ("PASSWORD_RESET_FROM", "no-reply@example.com", "harmless"),
        ("DB_PASSWORD_KEY", "password", "harmless"),
        ("DB_PASSWORD", "password", "secret"),
        ("SPECIAL_TOKENS", "[CLS],[SEP]", "harmless"),
        ("DB_PASS", "123", "secret"),
        ("REQUIRED_SECRETS", "DB_PASSWORD,JWT_SECRET", "harmless"),
        ("KEY_DESERIALIZER", "StringDeserializer", "harmless"),
        ("AUTH_BACKEND", "app.accounts.backends.TokenBackend", "harmless"),
        ("PASSWORD_RESET_SUBJECT", "Reset your password", "harmless"),
        ("TOKEN_COOKIE_NAME", "access_token", "harmless"),
        ("XML", "<config><timeout>30</timeout></config>", "harmless"),
        ("DATABASE_URL", "postgres://${DB_USER}:${DB_PASS}@db/app", "harmless"),
        ("SMTP_PASS", "PutYourTokenHere", "placeholder"),
        ("API_TOKEN", "see-secrets-manager", "placeholder"),
        ("APP_SECRET", "dev-secret-change-in-production", "placeholder"),
        ("DB_PASSWORD", "${DB_PASSWORD:S3cretPw99}", "secret"),
        ("SPRING", "${DB_PASSWORD:-S3cretPw99}", "secret"),
        ("DB_PASSWORD", "${DB_PASSWORD:?must be set}", "reference"),
        ("DB_PASSWORD", "${ssm:/prod/db}", "reference"),
        ("PORT", "${PORT:8080}", "reference"),
        ("IMAGE", f"library/nginx@sha256:{'0f1e2d3c' * 8}", "harmless"),
        ("IMAGE", "acme/password:v2abc12", "harmless"),
        ("URL", "https://git@host.example.com:8080/path@v1", "harmless"),
        ("NPM", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}", "harmless"),
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
        (["sh", "-c", "echo S3cretPw99 | passwd --stdin ops"], True),
        (["sh", "-c", "echo 'requirepass S3cretPw99' >> /etc/redis.conf"], True),
        (["sh", "-c", "sed -i 's/DB_PASSWORD_HERE/S3cretPw99/' /etc/x"], True),
        (["sh", "-c", "sed -i 's/__DB_PASSWORD__/$DB_PASSWORD/' /etc/x"], False),
        (["mysqladmin", "-u", "root", "password", "S3cretPw99"], True),
        (["metricbeat", "-E", "cloud.auth=elastic:S3cretPw99"], True),
        (["kafka-configs", "--add-config", "SCRAM-SHA-512=[password=S3cretPw99]"], True),
        (["helm", "repo", "add", "x", "https://x", "--password", "S3cretPw99"], True),
        (["helm", "upgrade", "x", "--set", "auth.existingSecret=db-secret"], False),
        (
            [
                "sh",
                "-c",
                "aws ecr get-login-password | docker login --password-stdin 1.dkr.ecr.eu-west-1.amazonaws.com",
            ],
            False,
        ),
        (["gpg", "--recv-keys", "90FC8D68BF05F0F3254179E6E84AC572D6782309"], False),
        (["sh", "-c", 'printf "password=%s" "$PW" > /run/x'], False),
    ],
)
def test_commands(words: list[str], found: bool) -> None:
    assert (classify("command", words, "command").cls == "secret") is found


HEX = "9f86d081884c7d659a2feaa0c55ad015"


@pytest.mark.parametrize(
    "value",
    [
        "falcon:XtHsDXDCYiPt1@tcp(db:3306)/app?parseTime=true",
        "jdbc:oracle:thin:scott/fEttOF3z6w@db:1521:ORCL",
        "Driver={ODBC Driver 17};Server=db;Uid=sa;PWD=0VWzFEVdPvzx",
        "postgresql://u:ZmSGmMNRX3@/x?host=/var/run/pg",
        "smtps://mailer@example.com:S3cretPw99@smtp.example.com:465",
        "Driver={ODBC Driver 18 for SQL Server};Server=tcp:h;Uid=u;Pwd={S3cretPw99!};",
        "Authorization: Bearer sunflower",
        "https://elk.example.com/?api_key=sunflower77",
        "postgres%3A%2F%2Fu%3AXImKzKuz9%40db%2Fx",
        "Authorization=Basic%20YWxpY2U6UzNjcmV0UHc5OXg=",
        f"https://chat.example.com/hooks/{HEX}",
        f"discord://{HEX}A@601601451486081011",
        f"auth:\n  client_secret: {HEX}\n",
        f'"{{\\"password\\": \\"{HEX}\\"}}"',
        "CREATE ROLE app LOGIN PASSWORD 'E4E8qHCDg4pA'",
        f'set $api_key "{HEX}";',
        f'<add key="ClearTextPassword" value="{HEX}" />',
        f"[OUTPUT]\n    Name es\n    HTTP_Passwd {HEX}\n",
        "mysqli.default_pw = j73JOC8Dw2To",
        json.dumps({"kty": "RSA", "n": HEX * 4, "d": HEX * 4}),
    ],
)
def test_structures_speak_under_a_harmless_name(value: str) -> None:
    verdict = classify("SETTINGS", value)
    assert (verdict.cls, verdict.confidence) == ("secret", "high"), verdict


def test_lists_and_versions_have_the_name_of_the_whole() -> None:
    for value in ([HEX, HEX], {"k1": HEX}, {"current": HEX}):
        assert classify("SIGNING_SECRETS", json.dumps(value)).cls == "secret"
        assert classify("BUILDS", json.dumps(value)).cls == "harmless"


def test_cloud_init_and_scripts() -> None:
    users = "#cloud-config\nchpasswd:\n  list: |\n    root:S3cretPw99\nruncmd:\n  - a:b1\n"
    assert classify("u", users, "userData").cls == "secret"
    assert classify("u", users.replace("chpasswd", "other"), "userData").cls == "harmless"
    secure = '$pw = ConvertTo-SecureString "S3cretPw99" -AsPlainText -Force'
    assert classify("u", secure, "userData").cls == "secret"
    fetched = "$token = Invoke-RestMethod -Method PUT\n$pw = (Get-SECSecretValue -SecretId x).SecretString"
    assert classify("u", fetched, "userData").cls == "harmless"


def test_what_a_verdict_holds() -> None:
    fields = Verdict.__struct_fields__
    assert fields[:4] == ("cls", "kind", "confidence", "preview")
    for value in ("hunter2", "changeme", "${X}", "80"):
        verdict = classify("DB_PASSWORD" if value != "80" else "PORT", value)
        assert (verdict.confidence is None) is (verdict.cls != "secret")
        assert verdict.preview == "…"
        assert verdict.reason
    for words in ([], ["run"], ["app", "--password", "hunter2"]):
        assert classify("command", words, "command").cls in ("harmless", "secret")


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        *(("A", bad, "environment") for bad in (None, 1, 1.5, True, b"x", {}, ("a",), ["a", 1], [None])),
        *((bad, "x", "environment") for bad in (None, 1, b"A", [])),
        *(("A", "x", bad) for bad in (None, "", "nowhere", "Environment", 3, [])),
    ],
)  # fmt: skip
def test_wrong_types_and_places_are_value_errors(name: Any, value: Any, where: Any) -> None:
    with pytest.raises(ValueError, match="is"):
        classify(name, value, where)


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


@pytest.mark.parametrize("value", [
    "Welcome@123", "Summer#2024", "admin:sunflower", "alice:rainbow,bob:silver", "scott/tiger@orcl",
    "the admin password is sunflower", "db:5432:x:app:sun",
    "one two three four five six seven eight nine ten moon star",
    "${VAULT:sunflower9}", "//registry.npmjs.org/:_authToken=sunflower", "token: sunflower",
])  # fmt: skip
def test_a_word_that_may_be_a_password_is_not_kept(value: str) -> None:
    assert classify("X", value).cls != "secret"
    assert keepable("X", value) is None


@pytest.mark.parametrize("value", [
    "info", "db.internal:5432", "https://example.com/a", "orders-api", "exec java -jar app.jar --port 8080",
    "CMD-SHELL curl -f http://localhost:8080/health || exit 1", "a,b,c", "/ecs/orders",
])  # fmt: skip
def test_plain_text_is_kept(value: str) -> None:
    assert keepable("X", value) == value


def test_a_fault_of_the_scanner_is_unclassified(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RecursionError

    for name in ("judge", "command", "user_data"):
        monkeypatch.setattr(masking_module, name, broken)
    masker = Masker(KEY)
    assert masker.value("A", "b", "environment").value_class == "unclassified"
    assert [c.value_class for _, c in masker.command(["a", "b"], "command")] == ["unclassified"] * 2
    assert [c.value_class for _, c in masker.user_data("export A=b")] == ["unclassified"]
    recorded = [
        masker.for_recording("A", "b", "tags"),
        *masker.words_for_recording(["a"], "command"),
    ]
    assert all(one["@masked"]["cls"] == "unclassified" for one in recorded)
    assert Masker(KEY).value("A", {"@masked": {}}, "environment").value_class == "unclassified"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_is_judged_and_secrets_are_never_kept(name: str, value: str) -> None:
    found = Masker(KEY).value(name, value, "environment")
    assert found.value_class in ("secret", "placeholder", "reference", "harmless")
    assert found.value is None or found.value_class in ("harmless", "reference")


@pytest.mark.parametrize(
    ("name", "value", "where", "kept"),
    [
        ("PORT", "8080", "environment", True),
        ("IMAGE_TAG", "web-5f3a9c", "environment", True),
        ("API_URL", "https://api.example.com/v1", "environment", True),
        ("API_URL", "https://api.example.com/v1?id=7", "environment", False),
        ("DB_SECRET", "prod/web/db", "environment", True),
        ("DB_SECRET", "prod/web/db-x9Kq2L", "environment", False),
        ("LICENCE_FOR", "Kx82-Qm19-Zt77-Bv63", "environment", False),
        ("DB_SECRET", "secret:Kx82-Qm19-Zt77-Bv63", "environment", False),
        ("DB_PASSWORD", "$DB_PASSWORD", "environment", True),
        ("DB_PASSWORD", "${DB_PASSWORD:-hunter2}", "environment", False),
        ("DB_PASSWORD", "80", "environment", False),
        ("NOTE", "the word is open-sesame-x9Kq2L7m", "environment", False),
        ("tag", "web-5f3a9c", "logOptions", False),
        ("tag", "web", "logOptions", True),
        ("awslogs-group", "/ecs/web-5f3a9c", "logOptions", True),
        ("hook", "open-5f3a9c", "firelensOptions", False),
    ],
)
def test_only_what_is_proven_harmless_is_kept(
    name: str, value: str, where: str, kept: bool
) -> None:
    assert keepable(name, value, where) == (value if kept else None)
    assert (Masker(KEY).value(name, value, where).value is not None) is kept


UNITS = st.sampled_from(
    [
        "a", "A1", "://a:b@", "eyJ.", "-----BEGIN ", "sk-", "p=", "$2b$", "x.", "/a", "{", "[", '"',
        "password=", "Basic ", "AAAA", "1/", "PASSWORD=$(", "-u root -p", "\\", "'", ";", "&&",
        "H4sI", "=", "%20", "${A:-", "\n", "--boundary\n", "-----END ", "host=a ", ":", "é", "0x",
        " ", "a ", "hooks/", "https://a/", "a:b@tcp(", "s/a/", "|", "requirepass ", "[OUTPUT]\n",
        "user a password ", 'key="a" value="', "chpasswd:\n", " root:x\n", ",", "--auth ", "@",
        "echo a | chpasswd ", "a/b@c:1/", "?key=", "AKIA", "content: ", "PuTTY-User-Key-File",
        "Private-Lines: 1 ", "%3A%2F%2F", "set $a ", "Bearer ", "ENC(", "Your", "(", "x" * 9,
    ]
)  # fmt: skip


def seconds(head: str, pattern: list[str], size: int, where: str, *, words: bool) -> float:
    unit = "".join(pattern)
    text = (head + unit * (size // len(unit) + 1))[:size]
    value = text.split(" ") if words else text
    began = time.process_time()
    # Damaged user data is refused, which takes no longer.
    with contextlib.suppress(ValueError):
        classify("DB_CONFIG", value, where)
    return time.process_time() - began


@pytest.mark.long
@settings(max_examples=120, deadline=None)
@given(
    st.one_of(st.just(""), UNITS),
    st.lists(UNITS, min_size=1, max_size=4),
    st.sampled_from(detector_module.PLACES),
    st.booleans(),
)
def test_work_grows_linearly(head: str, pattern: list[str], where: str, words: bool) -> None:
    seconds(head, pattern, 1024, where, words=words)
    small = seconds(head, pattern, 16_384, where, words=words)
    large = seconds(head, pattern, 65_536, where, words=words)
    # Half a second for 64 KB; a slow moment of the machine may double it, a square would not stop.
    assert large < max(1.0, 8 * small), f"{small:.2f} s, then {large:.2f} s"
    assert large < 2.0


def test_no_secret_byte_reaches_disk_or_reports(demo: Path) -> None:
    made = {name: token(name).encode() for name in MADE if name != "pem_private_key"}
    for path in sorted(demo.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        for name, secret in made.items():
            assert secret not in data, f"{name} is in {path.name}"
