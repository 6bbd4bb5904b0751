"""Lint a task definition file: a snapshot in memory in which nothing else was asked for."""

from __future__ import annotations

import datetime
import json
from itertools import count
from typing import Any

from auditor import catalog
from auditor.collectors import collectors
from auditor.collectors.accounts import ACCOUNTS
from auditor.collectors.gaps import CallRecord
from auditor.collectors.reader import GUARD
from auditor.collectors.task_definitions import rows
from auditor.errors import UsageError
from auditor.findings import ScopeState, SnapshotInfo
from auditor.schema import MappingError, Scope
from auditor.secrets.keys import installation_key
from auditor.secrets.masking import Masker
from auditor.snapshot.memory import MemoryStore
from auditor.snapshot.reader import Bound

LOCAL = Scope("000000000000", "local")
ASKED = ("task_definitions", "accounts")
GIVE = "give the JSON of register-task-definition or describe-task-definition"


class Linted(Bound):
    """A bound in-memory snapshot of one file."""

    info: SnapshotInfo
    scopes: list[ScopeState]


def linted(path: str, text: str) -> Any:
    """Return the bound snapshot of a file's text; raise UsageError where it is no definition."""
    try:
        found = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is not JSON; {GIVE}.") from None
    definitions = found if isinstance(found, list) else [found]
    if not definitions:
        raise UsageError(f"{path} holds no task definition; {GIVE}.")
    store = MemoryStore()
    at = datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)
    writer = store.begin(1, count(1), at)
    masker = Masker(installation_key())
    names = [_one(path, definition, writer, masker) for definition in definitions]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise UsageError(f"{twice} stands twice in the file; lint its revisions one by one.")
    root = f"arn:aws:iam::{LOCAL.account_id}:root"
    given = {"account_arn": root, "partition": "aws"}
    writer.load(ACCOUNTS, [ACCOUNTS.row(LOCAL, {}, **given)])
    _not_asked(writer)
    writer.scope(ScopeState(*LOCAL[:2], "complete", None))
    writer.resolve_members()
    bound = Linted(store.con, 1, catalog.tables(), catalog.views(), at)
    when = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    scopes = [ScopeState(*LOCAL[:2], "complete", None)]
    bound.info = SnapshotInfo(
        f"{at:%Y%m%dT%H%M%SZ}-00000000",
        when,
        when,
        "complete",
        "0" * 64,
        "aws",
        [LOCAL.account_id],
        ["local"],
        "all",
        None,
        scopes,
    )
    bound.scopes = scopes
    return bound


def _one(path: str, definition: Any, writer: Any, masker: Masker) -> str:
    """Load one definition, bare or as described; return its name. Raises UsageError."""
    if isinstance(definition, dict):
        definition = definition.get("taskDefinition", definition)
    if isinstance(definition, dict) and definition.keys() & {
        "Resources",
        "AWSTemplateFormatVersion",
    }:
        raise UsageError(f"{path} is a CloudFormation template; {GIVE}.")
    if not isinstance(definition, dict) or not definition.get("containerDefinitions"):
        raise UsageError(f"{path} holds no containerDefinitions; {GIVE}.")
    name = f"file:{path}#{definition.get('family') or 'unnamed'}"
    try:
        guarded = GUARD.whole({**definition, "taskDefinitionArn": name})
        writer.load_all(rows(LOCAL, guarded, masker))
    except MappingError as error:
        raise UsageError(f"{path}: {error}; correct the definition.") from None
    writer.member(name, in_use=True, newest=True, described=True, status="ACTIVE")
    return name


def _not_asked(writer: Any) -> None:
    # Other collectors may fill these too (Express services have containers); the file has its own.
    here = {t.name for name in ASKED for t in collectors()[name].tables}
    read = tuple(sorted(here))
    writer.call(CallRecord(*LOCAL[:2], "ecs:DescribeTaskDefinition", "ok", read, 0, 0))
    for name, collector in collectors().items():
        if name not in ASKED:
            tables = tuple(t.name for t in collector.tables if t.name not in here)
            analysed = tuple(t.name for a in catalog.analyses() for t in a.tables
                             if set(t.reads) & set(tables))  # fmt: skip
            for call in collector.calls:
                writer.call(CallRecord(*LOCAL[:2], call.name, "not_requested",
                                       (*tables, *analysed), 0, 0))  # fmt: skip
