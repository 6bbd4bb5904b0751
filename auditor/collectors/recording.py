"""Recorded answers on disk: read strictly, by account, region and operation."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from pathlib import Path
from typing import Any, Literal

import msgspec

from auditor.collectors.run import Account
from auditor.errors import RecordingError

FORMAT = "ecs-audit-recording/1"
LIMIT = 256 * 1024 * 1024
NAME = re.compile(r"[a-z0-9-]+\.[A-Z][A-Za-z0-9]+(?:\.[A-Z][A-Za-z0-9]+)?\.json")
REGION = re.compile(r"[a-z0-9-]+")
ACCOUNT = re.compile(r"[0-9]{12}")


class ScopeOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One account and the regions that were recorded."""

    account: str
    regions: list[str]


class Covered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the recorded collection covered."""

    revisions: Literal["in-use", "all"] = "in-use"
    clusters: list[str] | None = None
    services: list[str] | None = None


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """recording.json."""

    format: str
    recorded_at: datetime.datetime
    tool_version: str
    partition: str
    values: Literal["masked", "raw"]
    key_id: str | None
    scope: Covered
    scopes: list[ScopeOf]


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recorded error; ``params`` None answers every call of the operation."""

    code: str
    message: str
    http_status: int = 400
    params: dict[str, Any] | None = None


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One whole answer and the parameters that identify it."""

    params: dict[str, Any]
    response: dict[str, Any]


class Operation(msgspec.Struct, forbid_unknown_fields=True):
    """What was recorded of one operation in one scope."""

    items: list[Any] | None = None
    answers: list[Answer] = []
    failures: list[dict[str, Any]] = []
    errors: list[Refusal] = []


class Recording(msgspec.Struct):
    """Recorded operations by (account, region) and ``service.Operation[.Member]``."""

    manifest: Manifest
    scopes: dict[tuple[str, str], dict[str, Operation]]
    digest: str = ""
    empty_answers: bool = False  # an unknown id has "none" rather than not being recorded

    @property
    def accounts(self) -> list[Account]:
        """The accounts and regions to replay."""
        partition = self.manifest.partition
        return [
            Account(s.account, _of(partition, s), tuple(s.regions)) for s in self.manifest.scopes
        ]


def _of(partition: str, scope: ScopeOf) -> str:
    return "aws-cn" if any(r.startswith("cn-") for r in scope.regions) else partition


def read(folder: Path) -> Recording:
    """Read a recording; raise RecordingError naming path and key where it is not one."""
    manifest = _decoded(folder / "recording.json", Manifest)
    if manifest.format != FORMAT:
        raise RecordingError(f"{folder / 'recording.json'}: format is not {FORMAT}")
    scopes: dict[tuple[str, str], dict[str, Operation]] = {}
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise RecordingError(f"{path}: links are not followed; put the file itself there")
        if path.is_dir() or path == folder / "recording.json":
            continue
        key, name = _place(folder, path)
        total.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
        scopes.setdefault(key, {})[name] = _decoded(path, Operation)
    total.update((folder / "recording.json").read_bytes())
    return Recording(manifest, scopes, total.hexdigest())


def _place(folder: Path, path: Path) -> tuple[tuple[str, str], str]:
    steps = path.relative_to(folder).parts
    fits = (
        len(steps) == 3
        and ACCOUNT.fullmatch(steps[0])
        and REGION.fullmatch(steps[1])
        and NAME.fullmatch(steps[2])
    )
    if not fits:
        raise RecordingError(
            f"{path}: a recording holds only ACCOUNT/REGION/service.Operation.json files"
        )
    return (steps[0], steps[1]), steps[2].removesuffix(".json")


def _decoded(path: Path, kind: type[Any]) -> Any:
    from auditor.casebench.tokens import filled

    try:
        if path.stat().st_size > LIMIT:
            raise RecordingError(f"{path}: larger than 256 MB")
        return msgspec.json.decode(filled(path.read_text(encoding="utf-8")), type=kind)
    except FileNotFoundError:
        raise RecordingError(f"{path} does not exist; --from names a recording folder") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path}: {error}") from None


def text(value: Any) -> str:
    """Return JSON as recordings are written."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    raise TypeError(type(value).__name__)
