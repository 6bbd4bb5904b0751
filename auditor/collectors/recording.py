"""Recorded answers on disk: read strictly, by account, region and operation."""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

import botocore.exceptions
import botocore.model
import botocore.session
import msgspec

from auditor.collectors import collectors
from auditor.collectors.base import Call
from auditor.collectors.run import GLOBAL, Account
from auditor.errors import RecordingError, UsageError

FORMAT = "ecs-audit-recording/1"
MANIFEST = "recording.json"
LIMIT = 256 * 1024 * 1024
NAME = re.compile(r"[a-z0-9-]+\.[A-Z][A-Za-z0-9]+(?:\.[A-Z][A-Za-z0-9]+)?\.json")
REGION = re.compile(r"[a-z0-9-]+")
ACCOUNT = re.compile(r"[0-9]{12}")
PARTITION = re.compile(r"aws(?:-[a-z]+)*")
PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
T = TypeVar("T")


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
    memos: dict[Any, Any] = {}  # what is made of the operations once and looked up often

    @property
    def accounts(self) -> list[Account]:
        """The accounts and regions to replay."""
        partition = self.manifest.partition
        return [
            Account(s.account, _of(partition, s), tuple(s.regions)) for s in self.manifest.scopes
        ]

    def memo(self, key: Any, make: Callable[[], T]) -> T:
        """Return what ``make`` returned for this key the first time."""
        if key not in self.memos:
            self.memos[key] = make()
        found: T = self.memos[key]
        return found


def _of(partition: str, scope: ScopeOf) -> str:
    for start, other in PARTITIONS.items():
        if any(region.startswith(start) for region in scope.regions):
            return other
    return partition


def read(folder: Path) -> Recording:
    """Read a recording; raise RecordingError naming path and key where it is not one."""
    total = hashlib.sha256()
    content = _content(folder / MANIFEST)
    manifest = _manifest(folder / MANIFEST, content)
    places = {(s.account, r) for s in manifest.scopes for r in (GLOBAL, *s.regions)}
    scopes: dict[tuple[str, str], dict[str, Operation]] = {}
    raw = manifest.values == "raw"
    for path in _files(folder):
        key, name = _place(folder, path)
        if not _is_operation(name):
            raise RecordingError(f"{path}: {name} is no operation of AWS's API; check its spelling")
        if key not in places:
            raise RecordingError(f"{path}: {MANIFEST} names no scope {'/'.join(key)}")
        body = _content(path)
        total.update(f"{path.relative_to(folder).as_posix()}\n".encode() + body)
        operation = _decoded(path, body, Operation, filled=raw)
        _check(path, operation)
        scopes.setdefault(key, {})[name] = operation
    total.update(content)
    return Recording(manifest, scopes, total.hexdigest())


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise RecordingError(f"{path}: links are not followed; put the file itself there")
        if not path.is_dir() and path != folder / MANIFEST:
            yield path


def _manifest(path: Path, content: bytes) -> Manifest:
    manifest = _decoded(path, content, Manifest)
    if manifest.format != FORMAT:
        raise RecordingError(f"{path}: format is not {FORMAT}")
    if manifest.recorded_at.tzinfo is None:
        raise RecordingError(f"{path}: recorded_at has no time zone; write it like …T01:00:00Z")
    for scope in manifest.scopes:
        if not ACCOUNT.fullmatch(scope.account):
            raise RecordingError(f"{path}: scopes: {scope.account} is no account of 12 digits")
        if not all(REGION.fullmatch(region) for region in scope.regions):
            raise RecordingError(f"{path}: scopes: a region of {scope.account} is misspelt")
    named = [(scope.account, region) for scope in manifest.scopes for region in scope.regions]
    if len(set(named)) < len(named):
        raise RecordingError(f"{path}: scopes: a region of an account is named twice")
    if not PARTITION.fullmatch(manifest.partition):
        raise RecordingError(f"{path}: partition: {manifest.partition} is no partition of AWS")
    return manifest


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


@functools.cache
def _is_operation(name: str) -> bool:
    """Say whether a file is named after an operation, and its member after a list in the answer.

    A recording may hold more than is asked for today; only what nobody could ask is refused.
    """
    service, operation, *member = name.split(".")
    if any(name in _files_of(call) for c in collectors().values() for call in c.calls):
        return True
    try:
        model = botocore.session.get_session().get_service_model(service)
        shape = model.operation_model(operation).output_shape
    except (botocore.exceptions.UnknownServiceError, botocore.model.OperationNotFoundError):
        return False
    return not member or bool(shape and member[0] in shape.members)


def _files_of(call: Call) -> set[str]:
    name = f"{call.service}.{call.operation}"
    return {name, *(f"{name}.{member}" for member in (call.items, *call.more) if member)}


def _check(path: Path, operation: Operation) -> None:
    for error in operation.errors:
        # botocore takes anything below 300 for an answer.
        if not 300 <= error.http_status <= 599:
            raise RecordingError(f"{path}: errors: http_status {error.http_status} is no error")


def _content(path: Path) -> bytes:
    """Read a regular file of bounded size, never through a link."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise RecordingError(f"{path} does not exist; --from names a recording folder") from None
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}") from None
    with os.fdopen(handle, "rb") as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise RecordingError(f"{path}: not a regular file")
        if found.st_size > LIMIT:
            raise RecordingError(f"{path}: larger than 256 MB")
        return stream.read(LIMIT + 1)


def _decoded(path: Path, content: bytes, kind: type[T], *, filled: bool = False) -> T:
    from auditor.casebench.tokens import filled_json

    try:
        if filled and b"@token:" in content:
            content = filled_json(content.decode("utf-8")).encode("utf-8")
        return msgspec.json.decode(content, type=kind)
    except UsageError as error:
        raise RecordingError(f"{path}: {error}") from None
    except RecursionError:
        raise RecordingError(f"{path}: nested too deeply") from None
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
