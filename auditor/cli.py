"""The command line: parse, run one command, print errors, exit. Heavy parts load when they run."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any

import click

from auditor import __version__, garbage, leftovers, notices, options
from auditor.commands import (
    check,
    collect,
    demo,
    diff,
    doctor,
    policy,
    push,
    query,
    rules,
    run,
    schema,
    secrets,
    snapshots,
    waivers,
)
from auditor.errors import AuditorError
from auditor.output import streams


class Program(options.Group):
    """Shows users' mistakes as one sentence and ends with the code that the command returned."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, and leave with the exit code."""
        streams()
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            sys.exit(2)
        except click.ClickException as error:
            asked = getattr(error, "ctx", None)
            help_ = f" See `{asked.command_path} --help`." if asked else ""
            said = " ".join(error.format_message().split()).rstrip(".")
            notices.fail(said + ("" if said.endswith("?") else ".") + help_)
            sys.exit(2)
        sys.exit(code or 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; only here is an error printed."""
        try:
            return super().invoke(ctx)
        except AuditorError as error:
            notices.fail(str(error))
            _leave(error.exit_code)
        except OSError as error:
            notices.fail(_failed(error))
            os._exit(4)


def _failed(error: OSError) -> str:
    """Return a sentence for a disk or stream that failed where nothing foresaw it."""
    why = error.strerror or type(error).__name__
    return f"{error.filename}: {why}." if error.filename else f"The output failed: {why}."


def _on_fault(kind: type[BaseException], _: BaseException, trace: Any) -> None:
    """Say where the program itself failed; the message could hold a value of the account."""
    import traceback

    frames = "".join(traceback.format_tb(trace))
    click.echo(f"{frames}ecs-audit: fault of the program ({kind.__name__}); please report it with "
               "the lines above, which hold no account data.", err=True)  # fmt: skip
    _leave(4)


def _leave(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    # Requests in flight sit in threads that a normal exit would wait for.
    os._exit(code)


def _on_signal(number: int, _frame: object) -> None:
    """End at once: the database and every report are whole at any moment.

    An exception instead would rise inside DuckDB's or a renderer's code, which may swallow it or
    turn it into a fault of its own.
    """
    notices.fail("interrupted; what a collection read is kept for the next run.")
    leftovers.remove()
    os._exit(128 + number)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ecs-audit")
def main() -> None:
    """Audit Amazon ECS: snapshot an account into DuckDB, judge it with SQL rules, report.

    \b
    ecs-audit demo            the bundled account through the whole chain, no AWS needed
    ecs-audit run             collect, check and report in one go
    ecs-audit query "select"  SQL on the snapshot
    """
    os.umask(0o077)
    garbage.rarer()
    sys.excepthook = _on_fault
    threading.excepthook = lambda fault: _on_fault(
        fault.exc_type, fault.exc_value or fault.exc_type(), fault.exc_traceback
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _on_signal)


notices.configure()
for command in (run.run, collect.collect, check.check, check.report, diff.diff, query.query,
                snapshots.snapshots, rules.rules, schema.schema, policy.policy, waivers.waivers,
                secrets.secrets, push.push, doctor.doctor, demo.demo):  # fmt: skip
    main.add_command(command)
