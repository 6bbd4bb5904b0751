"""report.html in Chromium: what it does, what it never does, and that everybody can use it."""

from __future__ import annotations

import csv
import json
import re
from typing import Any

import pytest

from auditor.findings import SEVERITIES
from bench.reports.sample import report
from tests.formats.test_reports import TEXTS, everywhere
from tests.formats_visual.conftest import written

pytestmark = pytest.mark.long
EVIL = (
    "=cmd|'/c calc'!A1 <script>window.hit=1</script><img src=x onerror=window.hit=1> {{7*7}} "
    "{% include '/etc/passwd' %} ${7*7} </script><!--<script> ]]> \u202e\"'`| \x1b[31m\x00 &lt;b&gt;"
)


def axe(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened: Any, scheme: str, language: str) -> None:
    # axe is injected by the test, so the page's own policy must not count here.
    page = opened(report(60, language=language), color_scheme=scheme, bypass_csp=True).page
    assert axe(page) == []
    page.locator("#rows tbody a").first.click()
    assert page.locator("dialog[open]").count() == 1
    assert axe(page) == []


def test_search_takes_all_words_over_every_field(opened: Any) -> None:
    made = report(60)
    page = opened(made)
    one = made.findings[7]
    for text in (one.id, one.resource, f"{one.rule} {one.region}", "SECRET plain form"):
        page.page.fill("#q", text)
        assert page.rows() > 0, text
    page.page.fill("#q", one.id)
    assert page.rows() == 1
    page.page.fill("#q", f"{one.id} nosuchword")
    assert page.rows() == 0
    assert page.page.inner_text("#count") == "0 of 60 findings"
    page.page.click("#reset")
    assert page.rows() == 50


def test_filters_toggles_and_pages(opened: Any) -> None:
    made = report(60)
    shown = opened(made)
    page = shown.page
    page.select_option("#size", "100")
    page.click("[data-sev=critical]")
    assert shown.rows() == sum(f.severity != "critical" for f in made.findings)
    page.select_option("#f-region", "eu-west-1")
    wanted = [f for f in made.findings if f.severity != "critical" and f.region == "eu-west-1"]
    assert shown.rows() == len(wanted)
    page.check("#f-new")
    assert shown.rows() == sum(f.new for f in wanted)
    page.click("#reset")
    assert page.inner_text("#where") == "Page 1 of 2"
    page.click("#next")
    assert shown.rows() == 10
    assert page.is_disabled("#next")


def test_every_column_sorts_both_ways_and_says_so(opened: Any) -> None:
    page = opened(report(40)).page
    for name, column in (("rule", 2), ("account", 5), ("region", 6), ("first_seen", 8)):
        cells = f"#rows tbody tr td:nth-child({column})"
        page.click(f"[data-sort={name}]")
        up = page.locator(cells).all_inner_texts()
        assert up == sorted(up)
        assert page.get_attribute(f"th:has([data-sort={name}])", "aria-sort") == "ascending"
        page.click(f"[data-sort={name}]")
        assert page.locator(cells).all_inner_texts() == sorted(up, reverse=True)
    page.click("[data-sort=severity]")
    assert page.locator("#rows tbody .b").first.inner_text() == "Critical"


@pytest.mark.parametrize(("name", "of"), [
    ("severity", lambda f: SEVERITIES.index(f.severity)),
    ("resource", lambda f: f.resource),
    ("reason", lambda f: f.reason),
    ("status", lambda f: f.status),
])  # fmt: skip
def test_rows_sort_by_what_a_column_holds(opened: Any, name: str, of: Any) -> None:
    made = report(45)
    page = opened(made).page
    links = page.locator("#rows tbody a")
    for turns, reverse in ((1, False), (2, True)):
        page.evaluate("history.replaceState(null, '', '#q=')")
        page.click("#reset")
        for _ in range(turns):
            page.click(f"[data-sort={name}]")
        wanted = [f.id for f in sorted(made.findings, key=of, reverse=reverse)]
        shown = links.evaluate_all("all => all.map(a => a.hash.slice(3))")
        keys = {f.id: of(f) for f in made.findings}
        assert [keys[i] for i in shown] == [keys[i] for i in wanted]
        assert set(shown) == set(wanted)


@pytest.mark.parametrize("size", ["50", "100", "500"])
def test_pages_of_each_size_hold_every_row_once(opened: Any, size: str) -> None:
    made = report(520)
    shown = opened(made)
    page = shown.page
    page.select_option("#size", size)
    seen: list[str] = []
    while True:
        seen += page.locator("#rows tbody a").evaluate_all("all => all.map(a => a.hash.slice(3))")
        if page.is_disabled("#next"):
            break
        page.click("#next")
    assert seen == [f.id for f in made.findings]
    assert page.inner_text("#where") == f"Page {-(-520 // int(size))} of {-(-520 // int(size))}"
    page.click("#prev")
    assert shown.rows() == int(size)


def test_the_hash_holds_the_filters_and_brings_them_back(opened: Any) -> None:
    made = report(60)
    first = opened(made)
    page = first.page
    page.fill("#q", "secret")
    page.click("[data-sev=info]")
    page.select_option("#f-account", "111122223333")
    page.check("#f-new")
    page.click("[data-sort=region]")
    page.select_option("#size", "500")
    rows = page.locator("#rows tbody").inner_text()
    kept = page.evaluate("location.hash")
    assert set(re.findall(r"[#&](\w+)=", kept)) == {"q", "off", "account", "new", "sort", "size"}
    again = opened(made, fragment=kept).page
    assert again.locator("#rows tbody").inner_text() == rows
    assert again.input_value("#q") == "secret"
    again.click("#reset")
    assert again.evaluate("location.hash") == ""


def test_a_rule_in_the_results_leads_to_its_findings(opened: Any) -> None:
    made = report(40, 8)
    page = opened(made).page
    rule = made.rules[2]
    page.click(f"#rules a[href='#rule={rule.id}']")
    page.wait_for_function("document.querySelectorAll('#rows tbody tr').length < 40")
    links = page.locator("#rows tbody a").all_inner_texts()
    assert set(links) == {rule.id}
    assert page.input_value("#f-rule") == rule.id


def test_the_dark_toggle_turns_the_page_and_back(opened: Any) -> None:
    page = opened(report(5), color_scheme="light").page
    shade = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(shade)
    page.click("#theme")
    assert page.evaluate(shade) != light
    page.click("#theme")
    assert page.evaluate(shade) == light
    dark = opened(report(5), color_scheme="dark").page
    assert dark.evaluate(shade) != light
    dark.click("#theme")
    assert dark.evaluate(shade) == light


def test_forced_colours_keep_badges_and_bars(opened: Any) -> None:
    page = opened(report(20), forced_colors="active").page
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    badge = "getComputedStyle(document.querySelector('#rows .b'))"
    assert page.evaluate(f"{badge}.borderTopStyle") == "solid"
    assert page.evaluate(f"{badge}.borderTopColor") not in ("transparent", "rgba(0, 0, 0, 0)")
    fills = page.locator("#summary .chart rect").evaluate_all(
        "all => all.map(r => getComputedStyle(r).fill)"
    )
    assert len(set(fills)) >= 5


@pytest.mark.parametrize(("motion", "wanted"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_who_wants_no_motion_gets_none(opened: Any, motion: str, wanted: str) -> None:
    page = opened(report(5), reduced_motion=motion).page
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == wanted
    moving = "document.getAnimations().length + [...document.querySelectorAll('*')].filter("
    assert (
        page.evaluate(moving + "e => getComputedStyle(e).transitionDuration !== '0s').length") == 0
    )


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_width_makes_the_page_scroll_sideways(opened: Any, width: int) -> None:
    page = opened(report(30), viewport={"width": width, "height": 800}).page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cells = page.locator("#rules td:first-child")
    assert all(box["width"] > 200 for box in (cells.nth(n).bounding_box() for n in range(3)))


def test_on_a_desk_every_column_of_the_findings_is_in_sight(opened: Any) -> None:
    page = opened(report(30), viewport={"width": 1280, "height": 800}).page
    assert page.locator("#rows").evaluate("t => t.scrollWidth <= t.parentNode.clientWidth + 1")


def test_the_dialog_says_what_runs_on_it_since_when_and_how_it_was_judged(opened: Any) -> None:
    made = report(6, 3)
    one = made.findings[0]
    text = opened(made, fragment=f"#f={one.id}").page.inner_text("#d-body")
    for wanted in ("What runs on it", one.context.clusters[0], one.context.services[0], "In use",
                   "2026-10-18 (31 days)", "Verification query", "select resource", "Terraform",
                   made.rules[0].why, made.rules[0].refs[0]):  # fmt: skip
        assert wanted in text, wanted


def test_a_link_opens_its_finding_and_keeps_its_filters(opened: Any) -> None:
    made = report(60)
    one = made.findings[3]
    page = opened(made, fragment=f"#f={one.id}").page
    assert one.resource in page.inner_text("dialog[open]")
    assert "select resource" in page.inner_text("dialog[open]")
    assert one.context.services[0] in page.inner_text("dialog[open]")
    filtered = opened(made, fragment="#severity=x&off=critical,high&sort=region&down=1&size=100")
    kept = filtered.page
    assert filtered.rows() == sum(f.severity not in ("critical", "high") for f in made.findings)
    assert kept.get_attribute("th:has([data-sort=region])", "aria-sort") == "descending"
    assert kept.get_attribute("[data-sev=high]", "aria-pressed") == "false"
    assert opened(made, fragment="#f=00&rule=NOPE&sort=constructor").rows() == 50


def test_it_works_by_keyboard_alone(opened: Any) -> None:
    page = opened(report(60)).page
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("sec001")
    page.locator("#rows tbody a").first.focus()
    page.keyboard.press("Enter")
    title = page.inner_text("#d-title")
    link = page.url
    page.keyboard.press("ArrowRight")
    assert page.url != link
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#d-title") == title
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.wait_for_function("location.hash === '#q=sec001'")
    assert page.evaluate("document.activeElement.tagName") == "A"


def test_the_saved_csv_holds_what_is_shown_and_no_formula(opened: Any) -> None:
    page = opened(report(12, 4, text="=1+1")).page
    page.click("[data-sev=critical]")
    with page.expect_download() as download:
        page.click("#csv")
    with download.value.path().open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 9
    assert rows[0]["reason"] == "'=1+1"
    assert not any(value.startswith("=") for row in rows for value in row.values())


def test_print_shows_what_is_filtered(opened: Any) -> None:
    shown = opened(report(120))
    shown.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert shown.rows() == 120
    shown.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert shown.rows() == 50
    shown.page.emulate_media(media="print", color_scheme="dark")
    assert not shown.page.is_visible("#q")
    assert (
        shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
        == "rgb(255, 255, 255)"
    )


def test_without_script_all_but_the_rows_is_there(opened: Any) -> None:
    made = report(40)
    page = opened(made, java_script_enabled=False).page
    text = page.inner_text("body")
    assert "needs JavaScript" in text
    assert all(rule.title in text for rule in made.rules)
    assert "iam:GetAccountAuthorizationDetails" in text
    assert not page.is_visible("#app")


def test_unknown_is_said_in_words(opened: Any) -> None:
    page = opened(report(10, 5, status="unknown")).page
    assert "not judged" in page.inner_text("#rows")
    assert "SEC001" in page.inner_text("#coverage")


def test_hostile_data_runs_nothing_and_is_shown(opened: Any) -> None:
    made = report(9, 3, text=EVIL)
    for context in ({}, {"java_script_enabled": False}):
        page = opened(made, **context).page
        assert "{{7*7}}" in page.inner_text("#waivers")
        assert page.locator("img, body script:not(#island):not(:last-of-type)").count() == 0
    page = opened(made).page
    page.fill("#q", "calc")
    page.locator("#rows tbody a").first.click()
    assert "<script>window.hit=1</script>" in page.inner_text("#d-body")
    assert "\u202e" not in page.inner_text("body")
    assert page.evaluate("window.hit") is None


@pytest.mark.parametrize("kind", ["script", "template", "markup", "directions", "long"])
def test_hostile_rules_and_settings_run_nothing_either(opened: Any, kind: str) -> None:
    page = opened(everywhere(TEXTS[kind])).page
    page.locator("#rows tbody a").first.click()
    assert page.locator("dialog[open]").count() == 1
    assert page.evaluate("window.hit") is None
    assert page.locator("img, body script:not(#island):not(:last-of-type)").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    text = page.inner_text("#d-body")
    assert not set("\u202e\u2066\u200f\ufeff") & set(text)
    if kind == "template":
        assert "{{7*7}}" in text


def test_the_island_cannot_be_left() -> None:
    page = written("html", report(9, 3, text=EVIL)).decode()
    assert page.count("</script>") == 2
    assert "style=" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    text = re.search(r'id="island">(.*?)</script>', page, re.DOTALL)
    assert text
    assert len(json.loads(text[1])["ids"].split()) == 9


def test_long_names_break(opened: Any) -> None:
    page = opened(report(3, 1, text="x" * 10_240)).page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_fifty_thousand_rows_make_few_nodes_and_few_bytes(opened: Any) -> None:
    made = report(50_000, 70)
    assert len(written("html", made)) <= 5_000_000
    page = opened(made).page
    assert page.evaluate("document.getElementsByTagName('*').length") < 4000
