"""The configuration file: strict, ordered, and not trusted where it was merely found."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from auditor import config
from auditor.config import Settings
from auditor.errors import ConfigError

EVERY_KEY = """
schema = "ecs-audit-config/1"
db = "audit.duckdb"
out = "ecs-audit-out"
formats = ["html", "json"]
fail_on = "high"
select = ["SEC", "IAM", "framework:aws-fsbp"]
ignore = ["SVC001"]
waivers = "waivers.yaml"
language = "en"
timezone = "UTC"
[scope]
regions = ["eu-west-1", "ap-northeast-1"]
revisions = "in-use"
clusters = []
exclude_tags = { "audit" = "skip" }
[severity]
IMG001 = "low"
[thresholds]
eni_warn_pct = 80
[report]
organisation = "Example K.K."
label = "CONFIDENTIAL"
pdf_max_per_rule = 100
[aws]
profile = "audit"
endpoint_url = ""
use_fips = false
use_dualstack = false
api_share = 0.5
[[aws.accounts]]
id = "111122223333"
role_arn = "arn:aws:iam::111122223333:role/ecs-audit"
external_id_env = "ECS_AUDIT_EXTERNAL_ID"
[extensions]
rules = ["./rules"]
theme = "./theme"
brand = "./logo.svg"
"""


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ECS_AUDIT_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


def named(text: str) -> Settings:
    folder = Path("conf")
    folder.mkdir(exist_ok=True)
    path = folder / "audit.toml"
    path.write_text(text)
    return config.load(str(path)).settings


def test_every_key_is_read_and_paths_are_relative_to_the_file() -> None:
    settings = named(EVERY_KEY)
    assert settings.thresholds == {"eni_warn_pct": 80.0}
    assert settings.aws.accounts[0].id == "111122223333"
    assert settings.db == "conf/audit.duckdb"
    assert settings.waivers == "conf/waivers.yaml"
    assert settings.extensions.rules == ["conf/rules"]
    assert settings.extensions.brand == "conf/logo.svg"


def test_a_path_that_the_file_does_not_name_stays_in_the_working_directory() -> None:
    settings = named('fail_on = "low"')
    assert (settings.db, settings.out) == ("audit.duckdb", "ecs-audit-out")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('fail_no = "low"', "unknown key fail_no; did you mean fail_on?"),
        ("[scope]\nregion = []", "unknown key scope.region; did you mean regions?"),
        ('[[aws.accounts]]\nid = "111122223333"\nrole_arn = "x"\nrole_arm = "x"',
         "unknown key aws.accounts.0..role_arm; did you mean role_arn?"),
        ('[report]\npdf_max_per_rule = "100"', "Expected `int`"),
        ("[aws]\nuse_fips = 1", "Expected `bool`"),
        ("[aws]\napi_share = 7", "api_share"),
        ('[[aws.accounts]]\nid = "abc"\nrole_arn = "x"', "accounts"),
        ('schema = "other/1"', 'schema is "other/1"; write "ecs-audit-config/1"'),
        ("fail_on = ", "not TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        named(text)


@pytest.mark.parametrize("key", ["aws", "extensions"])
def test_a_found_file_may_not_choose_endpoints_or_code(key: str) -> None:
    Path("ecs-audit.toml").write_text(f"[{key}]\n")
    with pytest.raises(ConfigError, match=rf"\[{key}\].*--config"):
        config.load(None)


def test_a_file_named_by_the_environment_may(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.toml").write_text("[aws]\nuse_fips = true\n")
    monkeypatch.setenv("ECS_AUDIT_CONFIG", "mine.toml")
    assert config.load(None).settings.aws.use_fips


def test_a_found_file_is_read_and_its_digest_kept() -> None:
    Path("ecs-audit.toml").write_text('fail_on = "low"\n')
    loaded = config.load(None)
    assert loaded.settings.fail_on == "low"
    assert loaded.digest == hashlib.sha256(b'fail_on = "low"\n').hexdigest()


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECS_AUDIT_FAIL_ON", "never")
    monkeypatch.setenv("ECS_AUDIT_SELECT", "SEC, family:iam")
    monkeypatch.setenv("ECS_AUDIT_API_SHARE", "0.25")
    monkeypatch.setenv("ECS_AUDIT_USE_FIPS", "true")
    monkeypatch.setenv("ECS_AUDIT_REGIONS", "all")
    settings = named(EVERY_KEY)
    assert (settings.fail_on, settings.select) == ("never", ["SEC", "family:iam"])
    assert (settings.aws.api_share, settings.aws.use_fips) == (0.25, True)
    assert settings.scope.regions == "all"


def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECS_AUDIT_SELECT", "")
    assert config.load(None).settings.select == []


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECS_AUDIT_FAIL_ON", "hgih")
    with pytest.raises(ConfigError, match=r"ECS_AUDIT_FAIL_ON: .*hgih"):
        config.load(None)


def test_a_missing_file_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml cannot be read"):
        config.load("nowhere.toml")
