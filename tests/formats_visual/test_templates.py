"""The templates themselves: what keeps them fast, safe, accessible and translated."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgspec
import pytest

from auditor.formats import texts, theme
from auditor.formats.filters import css_string, environment, fit, plain
from auditor.formats.pdf import page as printed
from auditor.rules import Rule, load, load_all
from bench.reports.sample import report
from tests.conftest import ROOT
from tests.formats_visual.conftest import written

OWN = ROOT / "reports" / "default"
TEMPLATES = sorted(OWN.rglob("*.html"))
PRINTED = (OWN / "print.css").read_text()
WORDS = re.compile(r"\$\w+")


def test_print_css_knows_no_flex_and_no_grid() -> None:
    assert not re.search(r"\b(flex|grid|float)\b", re.sub(r"/\*.*?\*/", "", PRINTED))


@pytest.mark.parametrize("path", TEMPLATES, ids=[p.name for p in TEMPLATES])
def test_templates_keep_the_rules(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"<table(?! class=\"t|[^>]* id=\"rows\")", text) == []
    for table in re.findall(r"<table class=\"t.*?</table>", text, re.DOTALL):
        assert "<colgroup>" in table
        assert table.count("<table") == 1
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        assert "<title>" in drawing
        assert "font-family=" in drawing
    assert set(re.findall(r"{{ (\w+)\|safe }}", text)) <= {"css", "script", "island"}
    assert "|safe" not in re.sub(r"{{ \w+\|safe }}", "", text)
    assert not re.search(r"\b(style|on\w+)=", text)
    assert not re.search(r"\b[A-Z]{2,4}\d{3}\b", text), (
        "a rule's id: adding a rule edits no template"
    )


def test_every_table_that_is_printed_has_fixed_columns() -> None:
    page = printed(report(30, 5), {})
    assert page.count('<table class="t') == page.count("<colgroup>")
    assert "table-layout: fixed" in PRINTED
    assert max(len(part.splitlines()) for part in re.findall(r">([^<]*)<", page)) <= 200


def test_the_engine_is_sandboxed_escaping_and_strict() -> None:
    from jinja2 import StrictUndefined
    from jinja2.exceptions import SecurityError, TemplateNotFound, UndefinedError

    engine = environment()
    assert engine.autoescape is True
    assert engine.undefined is StrictUndefined
    assert engine.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
    with pytest.raises(UndefinedError):
        engine.from_string("{{ nothing }}").render()
    with pytest.raises(SecurityError):
        engine.from_string("{{ ''.__class__.__mro__[1].__subclasses__() }}").render()
    for outside in ("/etc/passwd", "../../pyproject.toml", "parts/../../../pyproject.toml"):
        with pytest.raises(TemplateNotFound):
            engine.get_template(outside)


def test_languages_hold_the_same_texts_with_the_same_values() -> None:
    english, japanese = (
        msgspec.yaml.decode((OWN / "texts" / f"{name}.yaml").read_bytes()) for name in ("en", "ja")
    )
    assert english.keys() == japanese.keys()
    assert len(english["terms"]) == len(japanese["terms"])
    for name in english.keys() - {"terms"}:
        assert set(WORDS.findall(english[name])) == set(WORDS.findall(japanese[name])), name


def test_no_text_is_unused() -> None:
    used = "".join(p.read_text() for p in [*TEMPLATES, OWN / "app.js"])
    used += "".join(p.read_text() for p in (ROOT / "auditor" / "formats").glob("*.py"))
    made = ("confidence_", "change_", "scope_", "gap_", "kind_", "waiver_", "effort_", "cause_",
            "snippet_", "means_", "family_", "framework_", "risk_", "room_", "revisions_", "r_", "s_", "certain", "conditional", "summary", "task_role",
            "execution_role", "instance_role")  # fmt: skip
    unused = [
        n for n in texts.texts("en") if not n.startswith(made) and not re.search(rf"\b{n}\b", used)
    ]
    assert unused == []


def test_a_japanese_report_holds_no_english_text_of_its_own() -> None:
    english, japanese = texts.texts("en"), texts.texts("ja")
    made = report(12, 4, status="unknown", language="ja")
    pages = [printed(made, {}), re.sub(r'"rules":.*', "", written("html", made).decode())]
    for page in pages:
        code = r"<style>.*?</style>|<script>.*?</script>|<td class=\"m\">.*?</td>"
        shown = re.sub(code, "", page, flags=re.DOTALL)
        for name, text in english.items():
            if name in ("terms", "lang") or text == japanese[name] or len(text) < 6:
                continue
            for piece in WORDS.split(text):
                if len(piece) > 12:
                    assert piece not in shown, f"{name}: {text}"
            assert f">{text}<" not in shown, f"{name}: {text}"


SEVERE = [r for r in load_all().values() if r.meta.severity in ("critical", "high")]
NAMES = re.compile(r"[a-z0-9-]+:[A-Z]\w+|\b[a-z]+[A-Z]\w+|\b\d+\.\d+\.\d+|\b[A-Z]{3,}\b")


@pytest.mark.parametrize("rule", SEVERE, ids=[r.id for r in SEVERE])
def test_every_severe_rule_is_told_in_japanese(rule: Rule) -> None:
    told = rule.translated("ja")
    for text in (told.title, told.why, told.fix):
        assert re.search(r"[\u3040-\u30ff]", text), text
        assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+ [a-z]+", text), f"English words: {text}"
    assert told.why.endswith("。")
    assert told.fix.endswith("。")
    for name in NAMES.findall(rule.meta.fix):  # actions, settings, versions
        assert name in told.fix, f"{name} is missing in {told.fix}"


def test_a_rule_without_a_translation_stays_english(tmp_path: Path) -> None:
    shipped = load_all()["SEC001"].path
    own = load(Path(shutil.copy(shipped, tmp_path / shipped.name)))
    assert own.translated("ja") == own.meta


def test_an_unknown_language_is_said() -> None:
    from auditor.errors import RenderError

    with pytest.raises(RenderError, match="no report texts in xx"):
        theme.load(None, None, "xx")


def test_text_is_cut_in_its_middle_and_cjk_counts_double() -> None:
    assert fit("abcdefghij", 10) == "abcdefghij"
    assert fit("abcdefghijk", 10) == "abcd…ghijk"
    assert fit("日本語日本語", 8) == "日…本語"
    assert plain("a\u202eb\x00c\ud800") == "a\ufffdb\ufffdc\ufffd"


def test_a_css_string_cannot_be_left() -> None:
    made = str(css_string('x"}</style>\\\n日本'))
    assert made.startswith('"x\\22 ')
    assert not set("<>{}&\n;") & set(made)
    assert made.count('"') == 2
