"""SQL text from declarations: history tables, the ledger of runs and checks, bound selects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from auditor.schema import Column, Table

STORAGE = "v1.2.0"  # the newest storage that DuckDB 1.2 to 2.0 clients all open
SCHEMA_VERSION = 1
MEMBERS = "task_definition_members"
# Tables about runs and checks; the first column is what binds a row to its run.
LEDGER: dict[str, tuple[str, str]] = {
    "snapshots": (
        "One row per run over one scope.",
        "snapshot_id VARCHAR, seq INTEGER, started_at TIMESTAMP, finished_at TIMESTAMP, "
        "status VARCHAR, tool_version VARCHAR, schema_version BIGINT, options VARCHAR, "
        "key_id VARCHAR, digest VARCHAR",
    ),
    "snapshot_scopes": (
        "One row per account and region of a snapshot and how much of it was read.",
        "seq INTEGER, account_id VARCHAR, region VARCHAR, status VARCHAR, reason VARCHAR",
    ),
    "collection_calls": (
        "One row per AWS operation and scope: how it ended.",
        "seq INTEGER, account_id VARCHAR, region VARCHAR, call VARCHAR, status VARCHAR, "
        "tables_read VARCHAR, calls BIGINT, items BIGINT",
    ),
    "collection_gaps": (
        "One row per thing that was asked for and not read.",
        "seq INTEGER, account_id VARCHAR, region VARCHAR, call VARCHAR, resource VARCHAR, "
        "status VARCHAR, code VARCHAR, message VARCHAR, tables_read VARCHAR",
    ),
    MEMBERS: (
        "One row per snapshot and task definition revision in its scope.",
        "seq INTEGER, rev INTEGER, in_use BOOLEAN, newest BOOLEAN, described BOOLEAN, "
        "status VARCHAR",
    ),
    "content_members": (
        "Which groups of equal rows belong to which snapshot.",
        "seq INTEGER, table_name VARCHAR, rev INTEGER",
    ),
    "content_groups": (
        "One row per stored group of rows and its hash.",
        "table_name VARCHAR, rev INTEGER, hash VARCHAR",
    ),
    "checks": (
        "One row per time the rules ran over a snapshot.",
        "check_id VARCHAR, seq INTEGER, as_of TIMESTAMP, ruleset_digest VARCHAR, "
        "options VARCHAR, finished_at TIMESTAMP",
    ),
    "rule_results": (
        "One row per rule of a check.",
        "check_id VARCHAR, rule VARCHAR, title VARCHAR, family VARCHAR, severity VARCHAR, "
        "ran BOOLEAN, not_run_reason VARCHAR, fail BIGINT, pass BIGINT, skip BIGINT, "
        '"unknown" BIGINT, waived BIGINT',
    ),
    "judged_scopes": (
        "One row per rule and scope that a check judged: what diff may compare.",
        "check_id VARCHAR, rule VARCHAR, account_id VARCHAR, region VARCHAR",
    ),
    "findings": (
        "One row per finding of a check: fail, unknown and waived.",
        "check_id VARCHAR, seq INTEGER, id VARCHAR, fingerprint VARCHAR, rule VARCHAR, "
        "title VARCHAR, severity VARCHAR, confidence VARCHAR, status VARCHAR, "
        "unknown_cause VARCHAR, account_id VARCHAR, region VARCHAR, resource VARCHAR, "
        "part VARCHAR, reason VARCHAR, evidence VARCHAR, context VARCHAR, "
        "first_seen TIMESTAMP, new BOOLEAN, waiver VARCHAR",
    ),
    "thresholds": (
        "Thresholds of the newest check: a rule's default or the configuration's value.",
        "name VARCHAR, value DOUBLE, unit VARCHAR, doc VARCHAR",
    ),
}
# What the columns of these tables say, by the name they have in all of them.
MEANING = {
    "account_id": "Account that was read.",
    "as_of": "Time at which the rules and waivers were judged, UTC.",
    "call": "Operation as client:Operation.",
    "calls": "Requests that were made.",
    "check_id": "Identifies one run of the rules over a snapshot.",
    "code": "Error code that AWS gave, or what the program calls the fault.",
    "confidence": "certain, likely or heuristic.",
    "context": "Clusters, services, use and harmless tags of the resource, as JSON.",
    "described": "The revision's content was read.",
    "digest": "SHA-256 over the rows of the snapshot; `snapshots verify` computes it anew.",
    "doc": "What the threshold means.",
    "evidence": "Further columns of the rule's row, as JSON.",
    "fail": "Rows that failed.",
    "family": "Folder of the rule.",
    "fingerprint": "The same fault on the same thing, over snapshots and replaced revisions.",
    "finished_at": "When it ended, UTC.",
    "first_seen": "First check of this file that found the fingerprint, UTC.",
    "hash": "SHA-256 of a group of equal rows.",
    "id": "This row of this run.",
    "in_use": "Something runs the revision.",
    "items": "Things that the answers held.",
    "key_id": "Which key the fingerprints of values were made with.",
    "message": "What AWS said, without values.",
    "name": "Name of the threshold.",
    "new": "No earlier check of this scope found it.",
    "newest": "Newest ACTIVE revision of its family.",
    "not_run_reason": "Why the rule was not run.",
    "options": "What was asked for, as JSON.",
    "part": "Path inside the resource, NULL for all of it.",
    "pass": "Rows that passed.",
    "ran": "The rule was run.",
    "reason": "What was found, in one sentence.",
    "region": "Region, or global.",
    "resource": "ARN.",
    "rev": "Key of stored content.",
    "rule": "Rule id.",
    "ruleset_digest": "SHA-256 over the selected rules.",
    "schema_version": "Version of the tables.",
    "seq": "Number of the snapshot in this file.",
    "severity": "critical, high, medium, low or info.",
    "skip": "Rows to which the rule does not apply.",
    "snapshot_id": "Identifies the snapshot.",
    "started_at": "When the collection began, UTC.",
    "status": "How it ended.",
    "table_name": "Table of the content.",
    "tables_read": "Tables that the call fills, comma separated.",
    "title": "What the rule finds.",
    "tool_version": "Version of ecs-audit that wrote it.",
    "unit": "Unit of the value.",
    "unknown": "Rows that could not be judged.",
    "unknown_cause": "gap, judgement or error.",
    "value": "The threshold.",
    "waived": "Rows that a waiver covers.",
    "waiver": "Waiver that covers the finding.",
}
AUDIT = (
    "One row: the time at which rules judge, and the snapshot.",
    {"as_of": "TIMESTAMP", "snapshot_id": "VARCHAR"},
)
# Bound to a snapshot as views without seq; rules may read them.
BOUND_LEDGER = ("collection_calls", "collection_gaps", "snapshot_scopes")
UNCOLLECTED = frozenset(
    "snapshots content_members content_groups checks rule_results judged_scopes "
    "findings thresholds".split()
)


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return an SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def stored(table: Table) -> list[Column]:
    """Return the columns that history keeps for a table."""
    return [column for column in table.columns if not column.member]


def history_ddl(tables: Iterable[Table]) -> str:
    """Return the statements that create every history table."""
    made = ["create schema if not exists history;"]
    for table in tables:
        columns = [f"{quoted(c.name)} {c.type}" for c in stored(table)]
        key = {"snapshot": ["seq INTEGER"], "static": []}.get(table.kept, ["rev INTEGER"])
        body = ", ".join([*key, *columns])
        made.append(f"create table if not exists history.{table.name} ({body});")
    for name, (_, body) in LEDGER.items():
        made.append(f"create table if not exists history.{name} ({body});")
    return "\n".join(made)


def comments(tables: Mapping[str, Table], kind: str, schema: str) -> str:
    """Return ``comment on`` statements for tables or views of a schema."""
    made = []
    for table in tables.values():
        name = f"{schema}.{table.name}"
        made.append(f"comment on {kind} {name} is {text(table.doc)};")
        shown = stored(table) if schema == "history" else table.columns
        made += [f"comment on column {name}.{quoted(c.name)} is {text(c.doc)};" for c in shown]
    return "\n".join(made)


def bound(table: Table, seq: int, history: str = "history") -> str:
    """Return the SELECT of a table's rows in one snapshot."""
    columns = ", ".join(
        f"{'m' if column.member else 't'}.{quoted(column.name)}" for column in table.columns
    )
    source = f"{history}.{table.name} as t"
    if table.kept == "static":
        return f"select {columns} from {source}"
    if table.kept == "snapshot":
        return f"select {columns} from {source} where t.seq = {seq}"
    if table.kept == "revision":
        members = f"join {history}.{MEMBERS} as m on t.rev = m.rev"
        return f"select {columns} from {source} {members} where m.seq = {seq}"
    members = f"join {history}.content_members as m on t.rev = m.rev"
    named = f"m.table_name = {text(table.name)}"
    return f"select {columns} from {source} {members} where m.seq = {seq} and {named}"


def ledger_columns(name: str) -> list[str]:
    """Return the column names of a ledger table."""
    return [part.split()[0].strip('"') for part in LEDGER[name][1].split(", ")]


def ledger() -> dict[str, tuple[str, list[tuple[str, str, str]]]]:
    """Return doc and columns (name, type, meaning) of what rules and queries see of runs."""
    found = {"audit": (AUDIT[0], [(n, t, MEANING[n]) for n, t in AUDIT[1].items()])}
    for name in (*BOUND_LEDGER, "snapshots", "findings", "rule_results", "thresholds"):
        body = LEDGER[name][1].split(", ")
        columns = [
            (n, column.split()[1]) for n, column in zip(ledger_columns(name), body, strict=True)
        ]
        found[name] = (LEDGER[name][0], [(n, t, MEANING[n]) for n, t in columns if n != "seq"])
    return found


def bound_ledger(name: str, seq: int, history: str = "history") -> str:
    """Return the SELECT of a ledger table's rows in one snapshot, without seq."""
    columns = ", ".join(quoted(c) for c in ledger_columns(name) if c != "seq")
    return f"select {columns} from {history}.{name} where seq = {seq}"


def newest_check(seq: int, history: str = "history") -> str:
    """Return the subquery of the newest check of a snapshot."""
    return (
        f"(select check_id from {history}.checks where seq = {seq} "
        "order by finished_at desc, check_id desc limit 1)"
    )
