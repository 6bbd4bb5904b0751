"""The command line: parse, call one function, print, exit. Heavy parts load when they run."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from auditor import __version__
from auditor.errors import AuditorError


class Group(click.Group):
    """Shows users' mistakes as one sentence and ends with the error's exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; only here is an error printed."""
        from auditor.collectors.reader import Stopped

        try:
            return super().invoke(ctx)
        except AuditorError as error:
            click.echo(f"ecs-audit: {error}", err=True)
            _leave(error.exit_code)
        except (KeyboardInterrupt, Stopped):
            click.echo("ecs-audit: interrupted; what was read is kept for the next run.", err=True)
            _leave(143 if _terminated else 130)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            _leave(0)


def _on_fault(kind: type[BaseException], _: BaseException, trace: Any) -> None:
    """Say where the program itself failed; the message could hold a value of the account."""
    import traceback

    frames = "".join(traceback.format_tb(trace))
    click.echo(f"{frames}ecs-audit: fault of the program ({kind.__name__}); please report it with "
               "the lines above, which hold no account data.", err=True)  # fmt: skip
    _leave(4)


_terminated: list[int] = []


def _leave(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    # Requests in flight sit in threads that a normal exit would wait for.
    os._exit(code)


def _on_term(number: int, _frame: object) -> None:
    _terminated.append(number)
    raise KeyboardInterrupt


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ecs-audit")
def main() -> None:
    """Audit Amazon ECS: snapshot an account into DuckDB, judge it with SQL rules, report.

    \b
    ecs-audit demo            the bundled account through the whole chain, no AWS needed
    ecs-audit run             collect, check and report in one go
    ecs-audit query "select"  SQL on the snapshot
    """
    os.umask(0o077)
    sys.excepthook = _on_fault
    threading.excepthook = lambda fault: _on_fault(
        fault.exc_type, fault.exc_value or fault.exc_type(), fault.exc_traceback
    )
    signal.signal(signal.SIGTERM, _on_term)


def options(*names: str) -> Callable[[Any], Any]:
    """Attach shared options by name."""
    known = {
        "config": click.option("--config", help="Configuration file (TOML)."),
        "db": click.option("--db", help="Database file [audit.duckdb]."),
        "out": click.option("--out", help="Folder for reports [ecs-audit-out]."),
        "snapshot": click.option("--snapshot", default="latest", help="Id, prefix, latest~N."),
        "format": click.option("--format", "formats", help="html,pdf,json,csv,sarif,junit,md …"),
        "region": click.option("--region", "regions", multiple=True, help="Region; repeatable."),
        "all_regions": click.option("--all-regions", is_flag=True, help="All enabled regions."),
        "profile": click.option("--profile", help="AWS profile."),
        "role_arn": click.option("--role-arn", help="Role to assume."),
        "endpoint_url": click.option("--endpoint-url", help="Another endpoint than AWS's."),
        "all_revisions": click.option("--all-revisions", is_flag=True,
                                      help="Every revision, not only those in use."),
        "cluster": click.option("--cluster", "clusters", multiple=True, help="Only this cluster."),
        "services": click.option("--services", help="Only these AWS services: ecs,iam,…"),
        "from_": click.option("--from", "from_", help="Recorded answers instead of AWS."),
        "record": click.option("--record", help="Record the answers, masked, to a new folder."),
        "plan": click.option("--plan", is_flag=True, help="Count the calls before making them."),
        "select": click.option("--select", multiple=True, help="Rules: id, prefix, family:…"),
        "ignore": click.option("--ignore", multiple=True, help="Rules to leave out."),
        "rules": click.option("--rules", "rule_folders", multiple=True, help="Further rules."),
        "waivers": click.option("--waivers", help="Waiver file (YAML)."),
        "fail_on": click.option("--fail-on", type=click.Choice(
            ["critical", "high", "medium", "low", "info", "never"]), help="[high]"),
        "as_of": click.option("--as-of", help="Judge as of this time (RFC 3339)."),
        "baseline": click.option("--baseline", help="findings.json or snapshot:ID."),
        "with_passes": click.option("--with-passes", is_flag=True, help="Passes in findings.json."),
        "lang": click.option("--lang", type=click.Choice(["en", "ja"]), help="[en]"),
        "theme": click.option("--theme", help="Folder with tokens.css and logo.svg."),
        "brand": click.option("--brand", help="SVG logo."),
        "pdf_max_per_rule": click.option("--pdf-max-per-rule", type=int, help="[100], 0 = all."),
        "api_share": click.option("--api-share", type=click.FloatRange(0.01, 1),
                                  help="Share of AWS's documented rates [0.5]."),
        "rate_scale": click.option("--rate-scale", type=click.FloatRange(0.01, 1000),
                                   help="Multiplies every documented rate [1]."),
        "verbose": click.option("-v", "--verbose", count=True, help="More on stderr."),
        "quiet": click.option("-q", "--quiet", is_flag=True, help="Less on stderr."),
    }  # fmt: skip

    def attach(command: Any) -> Any:
        for name in reversed(names):
            command = known[name](command)
        return command

    return attach


WHERE = ("config", "db", "region", "all_regions", "profile", "role_arn", "endpoint_url",
         "all_revisions", "cluster", "services", "from_", "record", "api_share", "rate_scale",
         "verbose", "quiet")  # fmt: skip
JUDGE = ("select", "ignore", "rules", "waivers", "fail_on", "as_of", "baseline", "with_passes",
         "lang")  # fmt: skip
SHOW = ("out", "format", "theme", "brand", "pdf_max_per_rule")


@main.command()
@options(*WHERE, *JUDGE, *SHOW)
def run(**given: Any) -> None:
    """Collect, check and report in one go."""
    from auditor import commands

    sys.exit(commands.run(given))


@main.command()
@options(*WHERE, "plan")
def collect(**given: Any) -> None:
    """Collect a snapshot only."""
    from auditor import commands

    sys.exit(commands.collect(given))


@main.command()
@options("config", "db", "snapshot", *JUDGE, *SHOW, "quiet")
@click.option("--task-definition", help="Lint a task definition file before registering it.")
def check(**given: Any) -> None:
    """Run the rules over a snapshot."""
    from auditor import commands

    sys.exit(commands.check(given))


@main.command()
@options("config", "db", "snapshot", *JUDGE, *SHOW, "quiet")
def report(**given: Any) -> None:
    """Render a snapshot; the exit code speaks of the rendering alone."""
    from auditor import commands

    commands.check({**given, "task_definition": None})


@main.command()
@options("config", "db", "snapshot", *JUDGE)
@click.argument("before", default="latest~1")
@click.argument("after", default="latest")
def diff(**given: Any) -> None:
    """Show new, fixed and changed findings between two snapshots."""
    from auditor import commands

    sys.exit(commands.diff(given))


@main.command()
@options("config", "db", "snapshot")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json", "md"]),
              default="table")  # fmt: skip
@click.option("-f", "--file", "path", help="Read the SQL from a file.")
@click.argument("sql", required=False)
def query(**given: Any) -> None:
    """Run one SELECT on the snapshot."""
    from auditor import browse

    browse.query(given)


@main.group(cls=Group)
def snapshots() -> None:
    """List, show and verify snapshots."""


@snapshots.command("list")
@options("config", "db")
def snapshots_list(**given: Any) -> None:
    """List every snapshot of the database."""
    from auditor import browse

    browse.snapshots_list(given)


@snapshots.command("show")
@options("config", "db")
@click.argument("snapshot", default="latest")
def snapshots_show(**given: Any) -> None:
    """Show one snapshot's scopes and gaps."""
    from auditor import browse

    browse.snapshots_show(given)


@snapshots.command("verify")
@options("config", "db")
@click.argument("snapshot", default="latest")
def snapshots_verify(**given: Any) -> None:
    """Recompute a snapshot's digest."""
    from auditor import browse

    browse.snapshots_verify(given)


@main.group(cls=Group)
def rules() -> None:
    """List, show, test and begin rules."""


@rules.command("list")
@options("config", "select", "ignore", "rules")
def rules_list(**given: Any) -> None:
    """List the rules."""
    from auditor import browse

    browse.rules_list(given)


@rules.command("show")
@options("config", "rules")
@click.argument("rule")
def rules_show(**given: Any) -> None:
    """Show one rule with its SQL."""
    from auditor import browse

    browse.rules_show(given)


@rules.command("test")
@click.argument("folder", required=False)
@click.option("--cases", help="Folder of further case files for known rules.")
@click.option("--tokens", is_flag=True, help="List the names of @token:NAME@.")
def rules_test(**given: Any) -> None:
    """Run every case of the rules; exit 1 where one fails."""
    from auditor import browse

    sys.exit(browse.rules_test(given))


@rules.command("new")
@click.argument("rule")
@click.argument("folder", default="rules")
def rules_new(**given: Any) -> None:
    """Begin a rule: RULE is ID_slug, such as ACM001_my_rule."""
    from auditor import browse

    browse.rules_new(given)


@main.command()
@click.argument("table", required=False)
def schema(table: str | None) -> None:
    """Show tables, views and columns with their meaning."""
    from auditor import browse

    browse.schema(table)


@main.command()
@click.option("--partition", default="aws", help="aws, aws-cn, aws-us-gov.")
def policy(partition: str) -> None:
    """Print the least-privilege IAM policy that a collection needs."""
    from auditor import browse

    browse.policy(partition)


@main.group(cls=Group)
def waivers() -> None:
    """Check waiver files."""


@waivers.command("check")
@options("config", "db", "snapshot", *JUDGE)
def waivers_check(**given: Any) -> None:
    """List what each waiver does; exit 1 for expired, unused or unknown ones."""
    from auditor import browse

    sys.exit(browse.waivers_check(given))


@main.group(cls=Group)
def secrets() -> None:
    """Look for secrets in files."""


@secrets.command("scan")
@click.argument("path")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@options("fail_on")
def secrets_scan(**given: Any) -> None:
    """Scan a task definition, .env or JSON-lines file (``-`` = stdin)."""
    from auditor import browse

    sys.exit(browse.secrets_scan(given))


@main.command()
@options("config", "db")
def doctor(**given: Any) -> None:
    """Say what is wrong with this installation, these credentials, this file."""
    from auditor import browse

    sys.exit(browse.doctor(given))


@main.command()
@options("out", "format", "lang", "quiet")
def demo(**given: Any) -> None:
    """Run the bundled sample account through the whole chain; no AWS needed."""
    from auditor import commands

    with contextlib.suppress(KeyError):
        given["db"] = str(Path(given["out"] or "ecs-audit-out") / "audit.duckdb")
    commands.demo(given)


@main.group(cls=Group)
def push() -> None:
    """Send findings to AWS services: the only command that writes to AWS."""


@push.command("security-hub")
@options("config", "db", "snapshot", "profile", "role_arn", "endpoint_url", *JUDGE)
@click.option("--dry-run", is_flag=True, help="Say what would be imported and archived.")
@click.option("--policy", is_flag=True, help="Print the IAM policy that this needs, and stop.")
def push_security_hub(**given: Any) -> None:
    """Import findings into Security Hub; archive what was fixed, never what was not read."""
    from auditor import commands

    sys.exit(commands.push(given))
