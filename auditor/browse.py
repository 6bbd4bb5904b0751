"""Commands that show rather than collect or judge: queries, snapshots, rules, schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from auditor import api
from auditor.commands import Given, checked, chosen_rules, settings_of
from auditor.errors import UsageError


def query(given: Given) -> None:
    """Print the rows of one SELECT."""
    from auditor.snapshot import Snapshot
    from auditor.tables import printed

    settings, _ = settings_of(given)
    sql = given["sql"]
    if given["path"]:
        try:
            sql = Path(given["path"]).read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{given['path']} cannot be read: {error.strerror}.") from None
    sql = sql or sys.stdin.read()
    with Snapshot.open(settings.db, given["snapshot"], for_user=True) as snapshot:
        click.echo(printed(snapshot.select(sql), given["form"]), nl=False)


def snapshots_list(given: Given) -> None:
    """Print every snapshot."""
    from auditor.snapshot.records import snapshots

    for row in snapshots(Path(settings_of(given)[0].db)):
        click.echo(f"{row['snapshot_id']}  {row['status']:9} {row['started_at']}")


def snapshots_show(given: Given) -> None:
    """Print scopes and gaps."""
    with api.open(settings_of(given)[0].db, given["snapshot"]) as snapshot:
        info = snapshot.info
        click.echo(f"{info.id}  {info.status}\n{info.started_at} to {info.finished_at}\n"
                   f"digest {info.digest}")  # fmt: skip
        for scope in snapshot.scopes:
            click.echo(f"{scope.account} {scope.region:16} {scope.status} {scope.reason or ''}")
        for row in snapshot.rows("select region, call, resource, status, code "
                                 "from collection_gaps order by all").rows:  # fmt: skip
            click.echo("gap " + " ".join(str(v) for v in row if v))


def snapshots_verify(given: Given) -> None:
    """Recompute the digest; raise SnapshotError where it differs."""
    from auditor.errors import SnapshotError
    from auditor.snapshot.records import verified

    db = Path(settings_of(given)[0].db)
    with api.open(db, given["snapshot"]) as snapshot:
        seq, info = snapshot.seq, snapshot.info
    if verified(db, seq) != info.digest:
        raise SnapshotError(f"Snapshot {info.id} was changed after it was written.")
    click.echo(f"{info.id} {info.digest} ok")


def rules_list(given: Given) -> None:
    """Print id, severity and title."""
    for rule in chosen_rules(settings_of(given)[0], given).values():
        click.echo(f"{rule.id}  {rule.meta.severity:8} {rule.meta.confidence:9} "
                   f"{rule.family:16} {rule.meta.title}")  # fmt: skip


def rules_show(given: Given) -> None:
    """Print a rule."""
    from auditor.rules import load_all

    found = load_all(Path(f) for f in given.get("rule_folders") or ())
    if given["rule"] not in found:
        raise UsageError(f"{given['rule']} is no rule; see `ecs-audit rules list`.")
    click.echo(found[given["rule"]].path.read_text(encoding="utf-8"), nl=False)


def rules_test(given: Given) -> int:
    """Run the cases; 1 where one fails."""
    if given["tokens"]:
        from auditor.casebench.tokens import MADE

        click.echo("\n".join(sorted(MADE)))
        return 0
    from auditor.casebench.bench import run_cases

    failed = total = 0
    for result in run_cases(given["folder"], given["cases"]):
        total += 1
        if result.fault:
            failed += 1
            click.echo(f"FAIL {result.rule} {result.group}: {result.title}: {result.fault}")
    click.echo(f"{total - failed} passed, {failed} failed")
    return int(failed > 0)


def rules_new(given: Given) -> None:
    """Write a rule and its cases to begin with."""
    from auditor.casebench.template import begun

    for path in begun(given["rule"], Path(given["folder"])):
        click.echo(str(path))


def schema(table: str | None) -> None:
    """Print tables and views, or one table's columns."""
    from auditor import catalog

    tables, views = catalog.tables(), catalog.views()
    if table is None:
        docs = {n: t.doc for n, t in tables.items()} | {n: v.doc for n, v in views.items()}
        for name, doc in sorted(docs.items()):
            click.echo(f"{name:42} {doc}")
    elif table in tables:
        click.echo(tables[table].doc)
        for column in tables[table].columns:
            click.echo(f"  {column.name:34} {column.type:10} {column.doc}")
    elif table in views:
        click.echo(views[table].doc)
        for name, doc in views[table].columns.items():
            click.echo(f"  {name:34} {doc}")
    else:
        raise UsageError(f"{table} is no table; `ecs-audit schema` lists them.")


def policy(partition: str) -> None:
    """Print the policy document."""
    from auditor.plan import policy_document

    click.echo(json.dumps(policy_document(partition), indent=2))


def waivers_check(given: Given) -> int:
    """Print each entry's state; 1 where one is of no use."""
    settings, loaded = settings_of(given)
    with api.open(settings.db, given["snapshot"]) as snapshot:
        report = checked(settings, loaded, given, snapshot).report
    for state in report.waivers:
        click.echo(f"{state.state:12} {state.id:16} {state.expires} covers {state.covered}: "
                   f"{state.subject}")  # fmt: skip
    return int(any(state.state != "active" for state in report.waivers))


def secrets_scan(given: Given) -> int:
    """Print the secrets of a file; 1 where there is one."""
    from auditor.secrets.scan import render_json, render_text, scan_text

    name = given["path"]
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{name} cannot be read ({type(error).__name__}).") from None
    hits = scan_text(text, name)
    click.echo(render_json(hits) if given["form"] == "json" else render_text(hits), nl=False)
    return int(bool(hits) and given.get("fail_on") != "never")


def doctor(given: Given) -> int:
    """Print what was looked at and what to do; 4 where something is wrong."""
    from auditor.doctor import examined

    settings, loaded = settings_of(given)
    wrong = 0
    for good, line in examined(settings, loaded):
        click.echo(f"{'ok  ' if good else 'FAIL'} {line}")
        wrong += not good
    return 4 if wrong else 0
