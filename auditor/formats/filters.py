"""The template engine and the filters that make account data fit to be printed."""

from __future__ import annotations

import datetime
import functools
import unicodedata
import zoneinfo
from collections.abc import Mapping
from typing import Any

from auditor.errors import RenderError
from auditor.formats.texts import fill
from auditor.resources import builtin

UNSEEN = "\ufffd"


@functools.lru_cache(maxsize=4)
def environment(timezone: str = "UTC") -> Any:
    """Return the template engine: sandboxed, escaping, strict about names; templates are kept."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    env = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(builtin("reports") / "default"),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=_printed,
    )  # fmt: skip
    for one in (short, fit, line, last_name, evidence, fill, css_string):
        env.filters[one.__name__] = one
    zone = _zone(timezone)

    def when(text: str) -> str:
        """Return a time of RFC 3339 in the report's time zone, named."""
        at = datetime.datetime.fromisoformat(text).astimezone(zone)
        return f"{at:%Y-%m-%d %H:%M} {timezone}"

    env.filters["when"] = when
    return env


def _zone(name: str) -> datetime.tzinfo:
    if name == "UTC":
        return datetime.UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise RenderError(
            f"timezone {name} is unknown; write one like Asia/Tokyo, or UTC"
        ) from None


def plain(text: object) -> str:
    """Return a text with control and direction-changing characters replaced.

    Unassigned and private characters go too; tabs and spaces of other scripts become spaces.
    """
    said = str(text)
    return said if said.isprintable() else "".join(map(_seen, said))


def _seen(char: str) -> str:
    if char.isprintable() or char == "\n":
        return char
    if char == "\t":
        return "    "
    return " " if unicodedata.category(char) == "Zs" else UNSEEN


def _printed(value: Any) -> Any:
    """Make every value that a template prints plain; what is markup already is our own."""
    return plain(value) if type(value) is str else value


def short(arn: str) -> str:
    """Return the part of an ARN that names the resource."""
    return plain(arn.split(":", 5)[5] if arn.count(":") >= 5 else arn)


def last_name(text: str) -> str:
    """Return what follows the last slash of a resource's name."""
    return text.rsplit("/", 1)[-1]


def evidence(values: Mapping[str, object]) -> str:
    """Return what a finding rests on in one line; what was not said is left out."""
    said = {n: str(v).lower() if isinstance(v, bool) else v for n, v in values.items()}
    return ", ".join(f"{name}: {value}" for name, value in said.items() if value is not None)


def fit(text: str, width: int) -> str:
    """Cut a text in its middle to so many Latin characters; one of CJK counts as two."""
    wide = [2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text[: width * 4]]
    if len(text) <= width * 4 and sum(wide) <= width:
        return text
    head = _within(text, (width - 1) // 2)
    tail = _within(text[::-1], width // 2)[::-1]
    return f"{head}…{tail}"


def line(text: str, width: int) -> str:
    """Cut a text as ``fit`` does, and hold it to one line where line breaks are kept."""
    return fit(text.replace("\n", " "), width)


def _within(text: str, width: int) -> str:
    kept = []
    for char in text[:width]:
        width -= 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if width < 0:
            break
        kept.append(char)
    return "".join(kept)


def css_string(text: object) -> Any:
    """Return a CSS string; everything but letters, digits and spaces is escaped."""
    from markupsafe import Markup

    body = "".join(
        c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in plain(text).replace("\n", " ")
    )
    return Markup(f'"{body}"')  # noqa: S704 - holds letters, digits, spaces and backslashes alone
