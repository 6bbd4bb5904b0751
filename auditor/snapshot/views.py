"""Views that several rules share, one SQL file each, and the declared looks into the past."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from auditor.errors import RuleError
from auditor.schema import Table
from auditor.snapshot.ddl import quoted

HEADER = re.compile(r"\A/\* ---\n(?P<meta>.*?)\n--- \*/\n(?P<sql>.+)\Z", re.DOTALL)
WORD = re.compile(r"\w+")
FOLDER = Path(__file__).parents[1] / "views"
READ = "s.status in ('complete', 'partial')"
HISTORIES = {
    "container_instance_history": "container_instances",
    "service_history": "services",
    "cluster_history": "clusters",
}


class Meta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The header of a view file."""

    doc: str
    columns: dict[str, str]
    reads: list[str]


class View(msgspec.Struct, frozen=True):
    """A declared view: its meaning, its columns and the tables it reads."""

    name: str
    doc: str
    columns: dict[str, str]
    reads: tuple[str, ...]
    sql: str | None = None  # over declared tables; None for looks into the past

    def select(self, seq: int, tables: Mapping[str, Table], history: str = "history") -> str:
        """Return its SELECT bound to a snapshot."""
        if self.sql is not None:
            return self.sql
        if self.name == "revision_secret_history":
            return _secrets(seq, history)
        table = tables[self.reads[0]]
        columns = ", ".join(f"t.{quoted(c.name)}" for c in table.columns)
        return (
            f"select s.snapshot_id, s.finished_at as read_at, {columns} "
            f"from {history}.{table.name} as t join {history}.snapshots as s on t.seq = s.seq "
            f"where {_past('t', seq)} and {_here('t', seq, history)}"
        )


def load_views(tables: Mapping[str, Table]) -> list[View]:
    """Read the view files; add the looks into the past of tables that are declared."""
    found = _ordered([_load(path) for path in sorted(FOLDER.glob("*.sql"))])
    for name, source in HISTORIES.items():
        if source in tables:
            columns = {c.name: c.doc for c in tables[source].columns}
            lead = {"snapshot_id": "Snapshot.", "read_at": "Time that the snapshot was finished."}
            doc = f"{source} of this and every older snapshot that was read."
            found.append(View(name, doc, lead | columns, (source,)))
    if "container_environment" in tables:
        found.append(
            View(
                "revision_secret_history",
                "Secrets in any revision that this or an older snapshot described.",
                {
                    "account_id": "Account.",
                    "region": "Region.",
                    "task_definition_arn": "Revision.",
                    "family": "Family.",
                    "part": "Path inside the revision.",
                    "fingerprint": "Keyed hash of the secret.",
                    "described_at": "Registration of the revision.",
                },
                ("container_environment", "container_commands", "task_definitions"),
            )
        )
    return found


def _ordered(views: list[View]) -> list[View]:
    """Return views after those that they read: DuckDB binds a view when it is made."""
    names = {view.name for view in views}
    waiting = {v.name: (names & set(WORD.findall(v.sql or ""))) - {v.name} for v in views}
    made: list[str] = []
    while len(made) < len(views):
        ready = [n for n, others in waiting.items() if n not in made and others <= set(made)]
        if not ready:
            raise ValueError(f"views read each other: {sorted(names - set(made))}")
        made += ready
    return sorted(views, key=lambda view: made.index(view.name))


def _past(alias: str, seq: int) -> str:
    """Return the condition of rows of this snapshot and of older ones that were read."""
    return f"{alias}.seq <= {seq} and ({alias}.seq = {seq} or {READ})"


def _here(alias: str, seq: int, history: str) -> str:
    """Return the condition of rows of the account-regions that a snapshot covers."""
    scopes = f"select (account_id, region) from {history}.snapshot_scopes where seq = {seq}"
    return f"({alias}.account_id, {alias}.region) in ({scopes})"


def _secrets(seq: int, history: str) -> str:
    found = " union all ".join(
        f"select rev, account_id, region, task_definition_arn, part, fingerprint "
        f"from {history}.{table} "
        "where value_class = 'secret' and value_confidence in ('high', 'medium')"
        for table in ("container_environment", "container_commands")
    )
    return (
        "select f.account_id, f.region, f.task_definition_arn, d.family, f.part, f.fingerprint, "
        f"d.registered_at as described_at from ({found}) as f "
        f"join {history}.task_definitions as d on f.rev = d.rev "
        f"where f.rev in (select m.rev from {history}.task_definition_members as m "
        f"join {history}.snapshots as s on m.seq = s.seq where {_past('m', seq)}) "
        f"and {_here('f', seq, history)}"
    )


def _load(path: Path) -> View:
    found = HEADER.match(path.read_text(encoding="utf-8"))
    if not found:
        raise RuleError(f"{path}:1: no /* --- ... --- */ header; begin the file with one")
    meta = msgspec.yaml.decode(found["meta"], type=Meta)
    return View(path.stem, meta.doc, meta.columns, tuple(meta.reads), found["sql"].rstrip(";\n "))
