"""Themes: colours, sizes, labels and a logo; nothing that runs, nothing that names a file."""

from __future__ import annotations

import base64
import difflib
import logging
import re
from pathlib import Path

import msgspec

from auditor.errors import RenderError
from auditor.formats import svg, texts
from auditor.resources import builtin

LOG = logging.getLogger(__name__)
BLOCK = re.compile(r"\s*:root\s*\{(?P<body>[^{}]*)\}\s*\Z")
PROPERTY = re.compile(
    r"--(?P<name>[a-z0-9-]+)\s*:\s*(?P<value>#[0-9a-fA-F]{3,8}|[0-9.]+(?:px|pt|mm|em|rem|%)?)"
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FILES = re.compile(r"tokens\.css|logo\.svg|labels\.[a-z]{2}\.yaml|(README|LICENSE)[\w.-]*|\..*")
LIMIT = 200_000  # bytes of one file
LONGEST = 500  # characters of a label


class Theme(msgspec.Struct, frozen=True):
    """Custom properties as CSS and by name, texts, and the logo as a data URL."""

    css: str
    colour: dict[str, str]
    texts: dict[str, object]
    logo: str | None


def load(folder: Path | None, brand: Path | None, language: str) -> Theme:
    """Return the default look under a theme folder and a brand; raise RenderError."""
    if folder is not None:
        _listed(folder)
    colour = tokens(folder)
    css = ":root{" + ";".join(f"--{name}:{value}" for name, value in colour.items()) + "}\n"
    labels = _labels(folder, language) if folder else {}
    return Theme(css, colour, texts.texts(language, labels), logo(brand, folder))


def _listed(folder: Path) -> None:
    if not folder.is_dir():
        raise RenderError(f"--theme {folder} is not a folder; give one that holds tokens.css")
    for path in sorted(folder.iterdir()):
        if not FILES.fullmatch(path.name) or path.is_symlink() or not path.is_file():
            raise RenderError(
                f"{path} does not belong in a theme; it holds the files tokens.css, logo.svg and "
                "labels.<language>.yaml"
            )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(LIMIT + 1)
    except OSError as error:
        raise RenderError(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > LIMIT:
        raise RenderError(f"{path} is larger than {LIMIT // 1000} KB; make it smaller")
    return data


def _properties(path: Path) -> dict[str, str]:
    try:
        text = COMMENT.sub("", _read(path).decode("utf-8"))
    except UnicodeDecodeError:
        raise RenderError(f"{path} is not UTF-8 text; save it as UTF-8") from None
    block = BLOCK.match(text)
    if not block:
        raise RenderError(f"{path}: write one :root block of custom properties and nothing else")
    found = {}
    for line in (part.strip() for part in block["body"].split(";")):
        setting = PROPERTY.fullmatch(line)
        if line and not setting:
            raise RenderError(
                f"{path}: {line[:60]}; a theme sets custom properties to colours and sizes"
            )
        if setting:
            found[setting["name"]] = setting["value"]
    return found


def tokens(folder: Path | None) -> dict[str, str]:
    """Return custom properties by name, the theme's over the default ones; raise RenderError."""
    own = _properties(builtin("reports") / "default" / "tokens.css")
    if folder is None or not (folder / "tokens.css").exists():
        return own
    mine = _properties(folder / "tokens.css")
    for name in mine.keys() - own.keys():
        near = difflib.get_close_matches(name, own, 1)
        hint = f"; did you mean --{near[0]}?" if near else ""
        LOG.warning("%s: nothing uses --%s%s", folder / "tokens.css", name, hint)
    return {**own, **mine}


def _labels(folder: Path, language: str) -> dict[str, str]:
    path = folder / f"labels.{language}.yaml"
    if not path.exists():
        return {}
    try:
        found = msgspec.yaml.decode(_read(path), type=dict[str, str])
    except msgspec.DecodeError as error:
        raise RenderError(f"{path}: {error}; it maps names of texts to texts") from None
    known = texts.texts(language)
    for name, text in found.items():
        if not isinstance(known.get(name), str):
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise RenderError(f"{path}: {name} is no text of the reports{hint}")
        if len(text) > LONGEST:
            raise RenderError(f"{path}: {name} is longer than {LONGEST} characters; shorten it")
    return found


def logo(path: Path | None, folder: Path | None = None) -> str | None:
    """Return an SVG as a data URL; raise RenderError for one that is more than a drawing."""
    if path is None and folder is not None and (folder / "logo.svg").exists():
        path = folder / "logo.svg"
    if path is None:
        return None
    data = _read(path)
    svg.check(path, data)
    return "data:image/svg+xml;base64," + base64.b64encode(data).decode()
