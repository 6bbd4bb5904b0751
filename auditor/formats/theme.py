"""Themes: colours and a logo, nothing that runs; anything else is refused."""

from __future__ import annotations

import base64
import re
import xml.parsers.expat
from pathlib import Path

from auditor.errors import RenderError
from auditor.resources import builtin

TOKENS = re.compile(r"\s*:root\s*\{(?P<body>[^{}]*)\}\s*\Z")
PROPERTY = re.compile(r"--[a-z0-9-]+\s*:\s*(?:#[0-9a-fA-F]{3,8}|[0-9.]+(?:px|pt|mm|em|rem|%)?)")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
ELEMENTS = frozenset(
    "svg g path rect circle ellipse line polyline polygon text tspan title desc defs "
    "lineargradient radialgradient stop clippath mask symbol".split()
)
LIMIT = 200_000


def tokens(folder: Path | None) -> str:
    """Return the default tokens, overlaid by a theme's tokens.css; raise RenderError."""
    own = (builtin("reports") / "default" / "tokens.css").read_text(encoding="utf-8")
    if folder is None:
        return own
    path = folder / "tokens.css"
    try:
        text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RenderError(f"{path} cannot be read: {error.strerror}.") from None
    found = TOKENS.match(text)
    lines = [p.strip() for p in found["body"].split(";") if p.strip()] if found else []
    wrong = [line for line in lines if not PROPERTY.fullmatch(line)]
    if not found or wrong:
        what = wrong[0][:60] if wrong else "something else than one :root block"
        raise RenderError(f"{path}: {what}; a theme sets custom properties to colours and sizes")
    return f"{own}:root{{{';'.join(lines)}}}\n"


def brand(path: Path | None, folder: Path | None) -> str | None:
    """Return an SVG as a data URL; raise RenderError for one that names files, URLs or scripts."""
    if path is None and folder is not None and (folder / "logo.svg").exists():
        path = folder / "logo.svg"
    if path is None:
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RenderError(f"{path} cannot be read: {error.strerror}.") from None
    _check(path, data)
    return "data:image/svg+xml;base64," + base64.b64encode(data).decode()


def _check(path: Path, data: bytes) -> None:
    def refuse(what: str) -> RenderError:
        return RenderError(f"{path}: {what}; a brand is a plain SVG drawing")

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rsplit(":", 1)[-1].lower() not in ELEMENTS:
            raise refuse(f"it holds <{name}>")
        for key, value in attributes.items():
            low = value.lower().replace(" ", "")
            plain = key.startswith("xmlns") or low.startswith("url(#")
            if key.lower().startswith("on") or key.lower().endswith("href"):
                raise refuse(f"it holds the attribute {key}")
            if not plain and ("url(" in low or "://" in low or "javascript:" in low):
                raise refuse(f"the attribute {key} names something outside")

    def doctype(*_: object) -> None:
        raise refuse("it holds a document type")

    if len(data) > LIMIT:
        raise refuse("it is larger than 200 KB")
    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except xml.parsers.expat.ExpatError as error:
        raise refuse(f"it is not XML ({error})") from None
    if b"<style" in data.lower() or b"<svg" not in data.lower():
        raise refuse("it is not a plain <svg>")
