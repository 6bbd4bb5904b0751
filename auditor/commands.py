"""What each command does: settings in, one call, text out, an exit code."""

from __future__ import annotations

import datetime
import json
import logging
import sys
import threading
from pathlib import Path
from typing import Any

import click
import msgspec

from auditor import api, config, origins
from auditor.errors import CollectionError, ConfigError
from auditor.findings import SEVERITIES, Document, Report
from auditor.progress import Bar

Given = dict[str, Any]


def settings_of(given: Given) -> tuple[config.Settings, config.Loaded]:
    """Return the settings with this command's options laid over them."""
    loaded = config.load(given.get("config"))
    s = loaded.settings
    changed: Given = {}
    for option, field in (("db", "db"), ("out", "out"), ("waivers", "waivers"),
                          ("fail_on", "fail_on"), ("lang", "language")):  # fmt: skip
        if given.get(option):
            changed[field] = given[option]
    if given.get("formats"):
        changed["formats"] = [f.strip() for f in given["formats"].split(",")]
    for option in ("select", "ignore"):
        if given.get(option):
            changed[option] = [e for text in given[option] for e in text.split(",")]
    return msgspec.structs.replace(s, **changed), loaded


def every_rule(settings: config.Settings, given: Given) -> dict[str, Any]:
    """Return the shipped rules and those of further folders."""
    from auditor.rules import load_all

    folders = [*settings.extensions.rules, *(given.get("rule_folders") or ())]
    return load_all(Path(f) for f in folders)


def chosen_rules(
    settings: config.Settings, given: Given, known: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the selected rules; a retired id is a line on stderr."""
    from auditor.rules import select

    known = known or every_rule(settings, given)
    chosen, notices = select(known, settings.select, settings.ignore)
    for notice in notices:
        click.echo(f"ecs-audit: {notice}", err=True)
    return chosen


def _time(text: str | None) -> datetime.datetime | None:
    if not text:
        return None
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--as-of {text} is not a time such as 2026-11-22T01:00:00Z") from None
    return found.astimezone(datetime.UTC).replace(tzinfo=None) if found.tzinfo else found


def _logging(given: Given) -> None:
    level = {0: logging.WARNING, 1: logging.INFO}.get(given.get("verbose") or 0, logging.DEBUG)
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    # Debug lines of these print requests and answers, account data included.
    for name in ("botocore", "boto3", "urllib3"):
        logging.getLogger(name).setLevel(max(level, logging.INFO))


def _collected(settings: config.Settings, given: Given) -> tuple[str, list[Any]]:
    stop = threading.Event()
    bar = Bar(bool(given.get("quiet")))
    origin = origins.origin(settings, given, stop)
    recorder = origins.recorder(origin, given)
    if recorder:
        origin = msgspec.structs.replace(origin, source=recorder)
    try:
        found: tuple[str, list[Any]] = api.collect(
            Path(settings.db), origin, origins.options(settings, given), stop, bar
        )
    except BaseException:
        stop.set()
        raise
    finally:
        bar.done()
    if recorder:
        recorder.write(origins.manifest(origin, given))
    if not given.get("quiet"):
        click.echo(f"ecs-audit: snapshot {found[0]} in {settings.db}", err=True)
        for state in found[1]:
            if state.status != "complete":
                click.echo(f"ecs-audit: {state.account} {state.region} {state.status}: "
                           f"{state.reason}", err=True)  # fmt: skip
    return found


def collect(given: Given) -> int:
    """Collect only: 0, or 3 where a gap remains."""
    _logging(given)
    settings, _ = settings_of(given)
    if given.get("plan"):
        from auditor.plan import planned

        stop = threading.Event()
        for line in planned(
            origins.origin(settings, given, stop), origins.options(settings, given), stop
        ):
            click.echo(line)
        return 0
    _, states = _collected(settings, given)
    return 3 if any(state.status != "complete" for state in states) else 0


def run(given: Given) -> int:
    """Collect, check and report."""
    _logging(given)
    settings, _ = settings_of(given)
    chosen_rules(settings, given)
    _waivers(settings)
    _collected(settings, given)
    return check({**given, "snapshot": "latest", "task_definition": None})


def _waivers(settings: config.Settings) -> Any:
    from auditor.waivers import Waivers, load

    if not settings.waivers:
        return Waivers()
    return load(Path(settings.waivers), datetime.datetime.now(datetime.UTC).date())


def _document(settings: config.Settings, loaded: config.Loaded, given: Given) -> Document:
    r = settings.report
    limit = given.get("pdf_max_per_rule")
    return Document(
        organisation=r.organisation, label=r.label, author=r.author, recipients=r.recipients,
        config_file=str(loaded.path) if loaded.path else None, config_digest=loaded.digest,
        timezone=settings.timezone, language=settings.language, page=r.page,
        pdf_max_per_rule=r.pdf_max_per_rule if limit is None else limit,
    )  # fmt: skip


def checked(settings: config.Settings, loaded: config.Loaded, given: Given, snapshot: Any) -> Any:
    """Judge a bound snapshot with the settings; return the report and what to keep."""
    known = every_rule(settings, given)
    baseline = _baseline(given.get("baseline"), settings)
    options = api.CheckOptions(
        as_of=_time(given.get("as_of")), fail_on=settings.fail_on, baseline=baseline,
        baseline_name=given.get("baseline"), severities=settings.severity,
        thresholds=settings.thresholds, known=known, waivers=_waivers(settings),
        with_passes=bool(given.get("with_passes")), document=_document(settings, loaded, given),
    )  # fmt: skip
    bar = Bar(bool(given.get("quiet")))
    try:
        return api.check(snapshot, chosen_rules(settings, given, known), options, bar.rule)
    finally:
        bar.done()


def _baseline(text: str | None, settings: config.Settings) -> frozenset[str] | None:
    if not text:
        return None
    if text.startswith("snapshot:"):
        with api.open(settings.db, text.removeprefix("snapshot:")) as snapshot:
            rows = snapshot.rows(
                "select fingerprint from store.history.findings "  # noqa: S608
                f"where seq = {snapshot.seq} and status = 'fail'"
            ).rows
        return frozenset(row[0] for row in rows)
    try:
        found = json.loads(Path(text).read_text(encoding="utf-8"))
        return frozenset(f["fingerprint"] for f in found["findings"] if f["status"] == "fail")
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(f"--baseline {text} is no findings.json; give one, or snapshot:ID"
                          ) from None  # fmt: skip


def check(given: Given) -> int:
    """Judge a snapshot, keep the check, write the reports; the exit code is the verdict."""
    settings, loaded = settings_of(given)
    chosen_rules(settings, given)
    if given.get("task_definition"):
        from auditor.lint import linted

        snapshot = linted(Path(given["task_definition"]))
        done = checked(settings, loaded, given, snapshot)
    else:
        with api.open(settings.db, given["snapshot"]) as snapshot:
            done = checked(settings, loaded, given, snapshot)
            seq = snapshot.seq
        _kept(settings, done, seq)
    for path in api.report(done.report, Path(settings.out), settings.formats,
                           **_theme(settings, given)):  # fmt: skip
        click.echo(str(path))
    if not given.get("quiet"):
        _summary(done.report)
    code: int = done.report.check.exit_code
    return code


def _kept(settings: config.Settings, done: Any, seq: int) -> None:
    from auditor.snapshot.records import CheckRecord, write_check

    report: Report = done.report
    options = {"fail_on": report.check.fail_on, "baseline": report.check.baseline}
    name = api.check_id(report.snapshot.id, done.as_of, report.check.ruleset_digest,
                        json.dumps(options))  # fmt: skip
    write_check(Path(settings.db), CheckRecord(name, seq, done.as_of, report, done.judged,
                                               done.thresholds, options))  # fmt: skip


def _theme(settings: config.Settings, given: Given) -> dict[str, Path]:
    theme = given.get("theme") or settings.extensions.theme
    brand = given.get("brand") or settings.extensions.brand
    found = {"folder": theme, "brand": brand}
    return {name: Path(value) for name, value in found.items() if value}


def _summary(report: Report) -> None:
    failing = [f for f in report.findings if f.status == "fail"]
    parts = [f"{n} {s}" for s in SEVERITIES if (n := sum(f.severity == s for f in failing))]
    unknown = sum(f.status == "unknown" for f in report.findings)
    text = f"ecs-audit: {', '.join(parts) or 'no findings'}"
    click.echo(text + (f"; {unknown} could not be judged" if unknown else ""), err=True)


def diff(given: Given) -> int:
    """Print what changed; 1 where something at or above --fail-on is new."""
    settings, loaded = settings_of(given)
    found = []
    for name in (given["before"], given["after"]):
        with api.open(settings.db, name) as snapshot:
            found.append(checked(settings, loaded, given, snapshot))
    before = {f.fingerprint: f for f in found[0].report.findings if f.status in ("fail", "waived")}
    after = {f.fingerprint: f for f in found[1].report.findings if f.status in ("fail", "waived")}
    judged = set(found[1].judged)
    for mark, one in after.items():
        if mark not in before:
            click.echo(f"new    {one.severity:8} {one.rule} {one.resource} {one.part or ''}")
    for mark, one in before.items():
        if mark not in after:
            state = "fixed" if (one.rule, one.account, one.region) in judged else "unread"
            click.echo(f"{state:6} {one.severity:8} {one.rule} {one.resource} {one.part or ''}")
    bound = SEVERITIES.index(settings.fail_on) if settings.fail_on != "never" else -1
    fresh = [f for m, f in after.items() if m not in before and f.status == "fail"]
    return int(any(SEVERITIES.index(f.severity) <= bound for f in fresh))


def demo(given: Given) -> None:
    """Replay the bundled recordings in order, check each, report the last."""
    from auditor.resources import builtin

    folder = builtin("demo")
    recordings = sorted(p.parent for p in folder.glob("*/recording.json"))
    if not recordings:
        raise CollectionError(f"{folder} holds no recording; the installation is incomplete.")
    db = Path(given["db"])
    db.parent.mkdir(parents=True, exist_ok=True)
    db.unlink(missing_ok=True)
    last = len(recordings) - 1
    for number, recording in enumerate(recordings):
        shown = given["formats"] or "html,pdf,json,csv" if number == last else ""
        base = {**given, "from_": str(recording), "db": str(db), "snapshot": "latest",
                "quiet": given["quiet"] or number != last, "task_definition": None}  # fmt: skip
        settings, _ = settings_of(base)
        _collected(settings, base)
        check({**base, "formats": shown or "json"})


def push(given: Given) -> int:
    """Send a checked snapshot to Security Hub; 4 where some finding was not taken."""
    from auditor import aws
    from auditor.push import policy_document
    from auditor.push import push as send

    if given["policy"]:
        click.echo(json.dumps(policy_document(), indent=2))
        return 0
    settings, loaded = settings_of(given)
    with api.open(settings.db, given["snapshot"]) as snapshot:
        report = checked(settings, loaded, given, snapshot).report
    login = origins.login(settings, given)
    found, refused = aws.logins(login, origins.roles(settings))
    sessions = {one.account: one.session for one in found}
    for sentence in refused:
        click.echo(f"ecs-audit: {sentence}", err=True)
    failed = False
    for done in send(report, sessions, login, dry_run=given["dry_run"]):
        verb = "would take" if given["dry_run"] else "took"
        click.echo(f"{done.account} {done.region} {verb} {done.imported}, archived {done.archived}")
        for reason in done.refused:
            click.echo(f"ecs-audit: {done.account} {done.region}: {reason}", err=True)
        failed = failed or bool(done.refused)
    return 4 if failed else 0
