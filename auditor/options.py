"""Options that several commands share, and the manners that all of them have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from auditor import notices

LEVELS = ("critical", "high", "medium", "low", "info", "never")


def _known() -> dict[str, Callable[[Any], Any]]:
    option = click.option
    return {
        "config": option("--config", help="Configuration file (TOML)."),
        "db": option("--db", help="Database file [audit.duckdb]."),
        "out": option("--out", help="Folder for reports [ecs-audit-out]."),
        "snapshot": option("--snapshot", default="latest", help="Id, prefix of one, latest~N."),
        "format": option("--format", "formats",
                         help="html,pdf,json,csv,sarif,ocsf,asff,junit,md [html,json]."),
        "region": option("--region", "regions", multiple=True, help="Region; repeatable."),
        "all_regions": option("--all-regions", is_flag=True, help="All enabled regions."),
        "profile": option("--profile", help="AWS profile."),
        "role_arn": option("--role-arn", help="Role to assume."),
        "endpoint_url": option("--endpoint-url", help="Another endpoint than AWS's."),
        "all_revisions": option("--all-revisions", is_flag=True,
                                help="Every revision, not only those in use."),
        "cluster": option("--cluster", "clusters", multiple=True, help="Only this cluster."),
        "tag": option("--tag", "tags", multiple=True,
                      help="Only clusters with this tag, KEY=VALUE; repeatable."),
        "services": option("--services", help="Only these AWS services: ecs,iam,…"),
        "from_": option("--from", "from_", help="Recorded answers instead of AWS."),
        "record": option("--record", help="Record the answers, masked, to a new folder."),
        "plan": option("--plan", is_flag=True, help="Count the calls before making them."),
        "select": option("--select", multiple=True,
                         help="Rules: id, prefix, family:…, framework:…, severity:…"),
        "ignore": option("--ignore", multiple=True, help="Rules to leave out."),
        "rules": option("--rules", "rule_folders", multiple=True, help="Folder of further rules."),
        "waivers": option("--waivers", help="Waiver file (YAML)."),
        "fail_on": option("--fail-on", type=click.Choice(LEVELS),
                          help="Lowest severity that ends with 1 [high]."),
        "as_of": option("--as-of", help="Judge as of this time (RFC 3339)."),
        "baseline": option("--baseline", help="findings.json or snapshot:ID."),
        "with_passes": option("--with-passes", is_flag=True, help="Passes in findings.json."),
        "lang": option("--lang", type=click.Choice(["en", "ja"]), help="Language of reports [en]."),
        "theme": option("--theme", help="Folder with tokens.css and logo.svg."),
        "brand": option("--brand", help="SVG logo."),
        "pdf_max_per_rule": option("--pdf-max-per-rule", type=click.IntRange(0),
                                   help="Findings of one rule in the PDF [100], 0 = all."),
        "api_share": option("--api-share", type=click.FloatRange(0.01, 1),
                            help="Share of AWS's documented rates [0.5]."),
        "rate_scale": option("--rate-scale", type=click.FloatRange(0.01, 1000),
                             help="Multiplies every documented rate [1]."),
    }  # fmt: skip


def options(*names: str) -> Callable[[Any], Any]:
    """Attach shared options by name."""

    def attach(command: Any) -> Any:
        known = _known()
        for name in reversed(names):
            command = known[name](command)
        return command

    return attach


WHERE = ("config", "db", "region", "all_regions", "profile", "role_arn", "endpoint_url",
         "all_revisions", "cluster", "tag", "services", "from_", "record", "api_share",
         "rate_scale")  # fmt: skip
JUDGE = ("select", "ignore", "rules", "waivers", "fail_on", "as_of", "baseline", "with_passes",
         "lang")  # fmt: skip
SHOW = ("out", "format", "theme", "brand", "pdf_max_per_rule")


class Command(click.Command):
    """A command with the manners of all: ``-q``, ``-v`` and ``--log-json``."""

    def __init__(self, *args: Any, **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.params += [
            click.Option(["-q", "--quiet"], is_flag=True, help="Errors and warnings alone."),
            click.Option(["-v", "--verbose"], count=True, help="More on stderr; -vv for debug."),
            click.Option(["--log-json"], is_flag=True, help="stderr as JSON lines."),
        ]

    def invoke(self, ctx: click.Context) -> Any:
        """Set up stderr, then run."""
        given = ctx.params
        notices.configure(given.pop("verbose"), quiet=given["quiet"],
                          as_json=given.pop("log_json"))  # fmt: skip
        return super().invoke(ctx)


class Group(click.Group):
    """A group whose commands have these manners and whose names may be mistyped once."""

    command_class = Command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command; name the nearest one where there is none."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            from auditor.nearest import hint

            ctx.fail(f"{args[0]} is no command{hint(args[0], self.commands)}")
        return super().resolve_command(ctx, args)
