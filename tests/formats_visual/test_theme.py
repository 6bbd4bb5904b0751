"""Themes and logos: an example that renders, and everything that is refused."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from auditor.errors import RenderError
from auditor.formats import theme
from bench.reports.sample import report
from tests.conftest import ROOT
from tests.formats_visual.conftest import written
from tests.pdftext import pages

EXAMPLE = ROOT / "examples" / "brand-theme"
SVG = 'xmlns="http://www.w3.org/2000/svg"'


@pytest.mark.long
def test_the_example_theme_colours_both_reports(opened: Any) -> None:
    look = theme.load(EXAMPLE, None, "en")
    page = opened(report(8, 4), theme=EXAMPLE).page
    shade = page.evaluate("getComputedStyle(document.querySelector('.arc')).stroke")
    wanted = look.colour["accent"].lstrip("#")
    assert shade == f"rgb({', '.join(str(int(wanted[i : i + 2], 16)) for i in (0, 2, 4))})"
    assert page.evaluate("document.querySelector('header img').naturalWidth") > 0
    cover = pages(written("pdf", report(3, 1), folder=EXAMPLE))[0]
    assert str(look.texts["kicker"]) in cover
    assert "by Example Cloud" in str(look.texts["kicker"])


@pytest.mark.parametrize(
    "drawing",
    [
        f"<svg {SVG}><script>1</script></svg>",
        f'<svg {SVG} onload="x()"/>',
        f'<svg {SVG}><image href="file:///etc/passwd"/></svg>',
        f'<svg {SVG}><use href="#a"/></svg>',
        f'<svg {SVG} xmlns:xlink="http://www.w3.org/1999/xlink"><path xlink:href="x"/></svg>',
        f"<svg {SVG}><foreignObject/></svg>",
        f"<svg {SVG}><a><path/></a></svg>",
        f"<svg {SVG}><animate attributeName='href'/></svg>",
        f'<svg {SVG} style="background:url(x)"/>',
        f"<svg {SVG}><style>@import url(x)</style></svg>",
        f'<svg {SVG}><path fill="url(https://x.example/)"/></svg>',
        f'<svg {SVG}><path fill="URL( //x.example/)"/></svg>',
        f'<svg {SVG}><path fill="u\\72l(//x.example)"/></svg>',
        f'<svg {SVG}><path fill="expression(alert(1))"/></svg>',
        f'<svg {SVG} xml:base="x"/>',
        f'<svg {SVG} xmlns:e="file:///x"/>',
        f'<?xml-stylesheet href="x.css"?><svg {SVG}/>',
        '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
        "<html><svg/></html>",
        "<g/>",
        "no drawing",
        "",
        f"<svg {SVG}>" + " " * 200_001 + "</svg>",
    ],
)
def test_a_logo_that_is_more_than_a_drawing_is_refused(tmp_path: Path, drawing: str) -> None:
    path = tmp_path / "b.svg"
    path.write_text(drawing)
    with pytest.raises(RenderError, match=r"b\.svg"):
        theme.logo(path)


def test_a_drawing_with_a_gradient_is_a_logo(tmp_path: Path) -> None:
    path = tmp_path / "b.svg"
    path.write_text(
        f'<svg {SVG} viewBox="0 0 9 9"><defs><linearGradient id="a"><stop offset="0"/>'
        '</linearGradient></defs><path fill="url(#a)" d="M0 0h9"/></svg>'
    )
    shown = theme.logo(path)
    assert shown
    assert base64.b64decode(shown.split(",")[1]) == path.read_bytes()


@pytest.mark.parametrize(
    "css",
    [
        ":root{--accent:url(https://x.example)}",
        ":root{--accent:#123456}@import 'x.css';",
        ":root{--accent:expression(1)}",
        ":root{--accent:var(--x)}",
        ":root{accent:#123456}",
        ":root{--accent:#123456;}</style><script>x</script>",
        "@font-face{src:url(x)}",
        ":root{--accent:u\\72l(x)}",
        "body{color:#123456}",
    ],
)
def test_a_theme_that_does_more_than_set_properties_is_refused(tmp_path: Path, css: str) -> None:
    (tmp_path / "tokens.css").write_text(css)
    with pytest.raises(RenderError, match=r"tokens\.css"):
        theme.load(tmp_path, None, "en")


@pytest.mark.parametrize("name", ["report.html", "app.js", "more.css", "parts", "logo.png"])
def test_a_theme_folder_holds_nothing_else(tmp_path: Path, name: str) -> None:
    (tmp_path / "tokens.css").write_text(":root{--accent:#123456}")
    (tmp_path / name).mkdir() if name == "parts" else (tmp_path / name).write_text("x")
    with pytest.raises(RenderError, match=name):
        theme.load(tmp_path, None, "en")


def test_a_theme_does_not_follow_links(tmp_path: Path) -> None:
    (tmp_path / "tokens.css").symlink_to("/etc/passwd")
    with pytest.raises(RenderError) as refused:
        theme.load(tmp_path, None, "en")
    assert "root:x" not in str(refused.value)


def test_labels_are_text_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "labels.en.yaml").write_text(
        'kicker: "{{ 7*7 }} <script>x</script>"\ns_open: "$fail {fail.__class__} $nothing"\n'
    )
    page = written("html", report(3, 1), folder=tmp_path).decode()
    assert "3 {fail.__class__} $nothing" in page
    assert page.count("</script>") == 2
    (tmp_path / "labels.en.yaml").write_text("kiker: x")
    with pytest.raises(RenderError, match="did you mean kicker"):
        theme.load(tmp_path, None, "en")
    (tmp_path / "labels.en.yaml").write_text("kicker: [1]")
    with pytest.raises(RenderError, match="maps names"):
        theme.load(tmp_path, None, "en")


def test_an_unused_property_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "tokens.css").write_text(":root{/* ours */--acent:#123456;--ink:#111}")
    assert theme.tokens(tmp_path)["ink"] == "#111"
    assert "did you mean --accent?" in caplog.text


def test_a_missing_theme_or_logo_is_said(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="is not a folder"):
        theme.load(tmp_path / "none", None, "en")
    with pytest.raises(RenderError, match="cannot be read"):
        theme.logo(tmp_path / "none.svg")
