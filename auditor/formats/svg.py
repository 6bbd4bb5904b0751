"""What a logo may be: a drawing in SVG that runs nothing and names nothing outside itself."""

from __future__ import annotations

import re
import xml.parsers.expat
from pathlib import Path

from auditor.errors import RenderError

ELEMENTS = frozenset(
    "svg g path rect circle ellipse line polyline polygon text tspan title desc defs "
    "linearGradient radialGradient stop clipPath mask symbol".split()
)
ATTRIBUTES = frozenset(
    "id class version width height viewBox preserveAspectRatio x y x1 y1 x2 y2 cx cy r rx ry fx fy "
    "dx dy d points transform gradientTransform gradientUnits spreadMethod offset clipPathUnits "
    "maskUnits maskContentUnits pathLength rotate textLength lengthAdjust role lang xml:space "
    "xml:lang fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap "
    "stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset opacity color "
    "clip-path clip-rule mask stop-color stop-opacity display visibility overflow font-family "
    "font-size font-weight font-style text-anchor letter-spacing dominant-baseline "
    "shape-rendering text-rendering vector-effect enable-background paint-order "
    "mix-blend-mode aria-label aria-hidden focusable".split()
)
NAMESPACES = frozenset({"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"})
INSIDE = re.compile(r"url\(\s*['\"]?#[\w.-]+['\"]?\s*\)")
# A colon or a backslash is what a scheme, or a CSS escape that hides one, needs.
OUTSIDE = re.compile(r"url\s*\(|[:\\@]|expression", re.IGNORECASE)


class _RefusedError(Exception):
    """Why a drawing is refused."""


def check(path: Path, data: bytes) -> None:
    """Raise RenderError unless the bytes are a plain drawing."""
    parser = xml.parsers.expat.ParserCreate()
    seen: list[str] = []

    def element(name: str, attributes: dict[str, str]) -> None:
        seen.append(name)
        _element(name, attributes)

    def doctype(*_: object) -> None:
        raise _RefusedError("it holds a document type")

    def instruction(target: str, _: str) -> None:
        raise _RefusedError(f"it holds the processing instruction {target}")

    parser.StartElementHandler = element
    parser.StartDoctypeDeclHandler = doctype
    parser.ProcessingInstructionHandler = instruction
    try:
        parser.Parse(data, True)
    except _RefusedError as error:
        what = str(error)
    except xml.parsers.expat.ExpatError as error:
        what = f"it is not XML ({error})"
    else:
        if seen[0] == "svg":
            return
        what = f"its root is <{seen[0]}>, not <svg>"
    raise RenderError(f"{path}: {what}; a logo is a plain SVG drawing without styles or links")


def _element(name: str, attributes: dict[str, str]) -> None:
    if name not in ELEMENTS:
        raise _RefusedError(f"it holds <{name[:40]}>")
    for key, value in attributes.items():
        if key == "xmlns" or key.startswith("xmlns:"):
            if value not in NAMESPACES:
                raise _RefusedError(f"it names the namespace {value[:60]}")
        elif key not in ATTRIBUTES:
            raise _RefusedError(f"it holds the attribute {key[:40]}")
        elif OUTSIDE.search(INSIDE.sub("", value)):
            raise _RefusedError(f"the attribute {key} names something outside")
