"""The HTML report in a headless Chromium: the real file of a small real run, and hostile entries."""

import shutil
from dataclasses import replace

import pytest
from playwright.sync_api import sync_playwright

import ordering
from ordering.evidence import Answer
from ordering.report.formats.html import render
from ordering.report.records import Report

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome to be found"),
]
HOSTILE = (
    '<img src=x onerror="window.pwned=1">\'"&amp;</code></pre></script><script>window.pwned=1</script>'
    "]]>-->{{ 7*7 }}\x00\x1b[31m\x07\u202egnp.exe\u2066\u200f"
)
SHOWN = HOSTILE.replace("\x00", "\\x00").replace("\x1b", "\\x1b").replace("\x07", "\\x07")
for hidden in "\u202e\u2066\u200f":
    SHOWN = SHOWN.replace(hidden, f"\\u{ord(hidden):04x}")


def broken(x):
    raise RuntimeError(HOSTILE)


@pytest.fixture(scope="module")
def report() -> Report:
    """Real verdicts: four activations, one that raises, and one with text of an enemy wherever text goes."""
    entries: list[str | ordering.Activation] = [
        "relu",
        "silu",
        "softsign",
        "neg",
        ordering.Activation("broken", kernel=broken),
    ]
    verdicts = [
        *ordering.verify_all(
            entries, ["max_pool2d", "avg_pool2d"], dtypes=("float16", "bfloat16"), workers=1
        ),
        *ordering.verify_all("relu", "max_pool2d", "dominates", dtypes="float16", workers=1),
    ]
    silu = next(each for each in verdicts if (each.activation, each.pooling) == ("silu", "max_pool2d"))
    return Report(
        [*verdicts, hostile(silu)], ordering.environment(seed=0, effort="quick"), True, f"ordering {HOSTILE}"
    )


def hostile(verdict):
    def spoilt(each):
        found = replace(each.counterexample, pooling=HOSTILE, script=f"# {HOSTILE}\nprint(1)\n")
        worlds = {name: replace(world, why=HOSTILE) for name, world in each.worlds.items()}
        return replace(
            each,
            why=HOSTILE,
            worlds=worlds,
            notes=(HOSTILE,),
            contradictions=(HOSTILE,),
            counterexample=found,
        )

    by_dtype = {dtype: spoilt(each) for dtype, each in verdict.by_dtype.items()}
    machine = replace(verdict.machine, cpu=HOSTILE)
    fidelity = replace(verdict.fidelity, faithful=None, why=HOSTILE)
    return replace(
        verdict, activation=HOSTILE, statement=HOSTILE, by_dtype=by_dtype, machine=machine, fidelity=fidelity
    )


@pytest.fixture(scope="module")
def text(report):
    return render(report)


@pytest.fixture(scope="module")
def browser(text):
    # Root may not use Chromium's sandbox; the page is our own.
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def url(text, tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(text, encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def open_page(browser, url):
    """Opens the page; what it asks for and complains of is written down."""
    contexts = []

    def opened(address=url, **settings):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda said: page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


def shown(page, selector):
    return page.eval_on_selector_all(
        selector, "all => all.filter(e => e.checkVisibility()).map(e => e.textContent.trim())"
    )


def choose(page, **values):
    for name, value in values.items():
        field = page.locator(f".filters [name={name}]")
        field.select_option(value) if name != "text" else field.fill(value)
    page.wait_for_timeout(120)


ROWS = ".matrix tbody tr th"
SILU = "a[href='#commutes--silu--max_pool2d--float16']"


def test_the_first_screen_says_what_may_be_swapped(open_page):
    page = open_page()
    names = page.locator(".glance:visible tr.exact td:visible").first.inner_text()
    assert "relu" in names
    assert "silu" not in names
    assert "2 ULP" in page.locator(".glance:visible tr.rounding td").first.inner_text()
    assert "silu" in page.locator(".glance:visible tr.different td").first.inner_text()
    assert page.locator(".glance:visible").count() == page.locator("section.law:visible").count()


def test_filters_narrow_the_matrix_and_the_evidence_and_stand_in_the_address(open_page):
    page = open_page()
    assert shown(page, ROWS)[:4] == ["relu", "silu", "softsign", "neg"]
    choose(page, verdict="error")
    assert shown(page, ROWS) == ["broken"]
    assert shown(page, "details.activation > summary h3") == ["broken"]
    choose(page, verdict="different", dtype="bfloat16", text="silu MAX_pool2d")
    assert "silu" in shown(page, ROWS)
    assert "relu" not in shown(page, ROWS)
    assert set(shown(page, ".matrix thead [data-dtype]")) == {"bfloat16"}
    again = open_page(page.url)
    assert shown(again, ROWS) == shown(page, ROWS)
    assert again.locator("[name=text]").input_value() == "silu MAX_pool2d"
    choose(page, text="no such thing at all")
    assert shown(page, ROWS) == []
    assert page.locator(".empty").is_visible()
    page.locator("button[type=reset]").click()
    page.wait_for_timeout(120)
    assert len(shown(page, ROWS)) == 6


def test_one_law_is_shown_at_a_time(open_page):
    page = open_page()
    assert (
        page.locator("section.law:visible").count() == page.locator("section.law[data-law=commutes]").count()
    )
    choose(page, law="dominates")
    assert set(page.locator("section.law:visible").evaluate_all("all => all.map(e => e.dataset.law)")) == {
        "dominates"
    }
    assert set(
        page.locator("section.verdict:not(.off)").evaluate_all("all => all.map(e => e.dataset.law)")
    ) == {"dominates"}


def test_a_cell_opens_its_section_even_one_that_is_filtered_away(open_page):
    page = open_page()
    target = page.locator("#commutes--silu--max_pool2d--float16")
    assert not target.is_visible()
    page.locator(f".matrix {SILU}").click()
    assert target.locator(".why").is_visible()
    assert target.bounding_box()["y"] < 400
    assert "at=commutes--silu--max_pool2d--float16" in page.url
    choose(page, text="softsign")
    assert not target.is_visible()
    page.goto(page.url.split("#")[0] + "#commutes--silu--max_pool2d--float16")
    page.wait_for_timeout(100)
    assert target.locator(".why").is_visible()


def test_what_stands_in_a_section(open_page):
    page = open_page()
    page.locator(f".matrix {SILU}").click()
    section = page.locator("#commutes--silu--max_pool2d--float16")
    marked = section.locator("td.marked").all_inner_texts()
    assert len(marked) == 2
    assert all("0x1." in each and "differs" in each for each in marked)
    assert section.locator(".worlds").first.locator("th").all_inner_texts() == ["reals", "floats", "kernels"]
    assert "sys.exit" in section.locator("pre").first.inner_text()
    assert "ordering check silu max_pool2d --law commutes --dtype float16" in section.inner_text()
    part = page.locator("#f--silu")
    assert part.locator(".derivation math").count() > 10
    assert part.locator("figure svg").count() == part.locator("figure figcaption").count() == 2
    kinds = section.evaluate("e => [...e.children].map(c => c.className)")
    assert kinds.index("why") < kinds.index("example")


def test_nothing_is_fetched_and_nothing_complains(open_page, url):
    page = open_page()
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    choose(page, verdict="different", text="silu")
    page.wait_for_timeout(100)
    assert [each for each in page.asked if not each.startswith("data:")] == [url]
    assert page.complaints == []


@pytest.mark.parametrize(
    "planted",
    ["<script>window.pwned = 1</script>", "<img src='https://example.org/x.png' onerror='window.pwned=1'>"],
)
def test_the_policy_lets_nothing_else_run_or_load(open_page, text, tmp_path, planted):
    # It also shows that the test above would notice.
    file = tmp_path / "planted.html"
    file.write_text(text.replace("</main>", f"{planted}</main>"), encoding="utf-8")
    page = open_page(file.as_uri())
    assert page.evaluate("window.pwned") is None
    assert "Content Security Policy" in page.complaints[0]


def test_text_of_users_is_text(open_page):
    page = open_page()
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate("window.pwned") is None
    assert page.locator("img, main script").count() == 0
    assert page.evaluate("document.querySelectorAll('script').length") == 1
    everything = page.evaluate("document.body.textContent")
    assert everything.count(SHOWN) > 20
    assert not set("\x00\x1b\x07\u202e\u2066\u200f") & set(everything)
    assert "49" not in page.locator("h4").last.inner_text()
    names = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(names) == len(set(names))
    hostile_cell = page.locator(".matrix tr").filter(has_text="pwned").locator("a.chip").first
    hostile_cell.click()
    assert page.locator("details.activation[open] h4").filter(has_text="pwned").first.is_visible()


def test_an_unescaped_name_would_be_noticed(open_page, text, tmp_path):
    file = tmp_path / "planted.html"
    file.write_text(text.replace("&lt;img", "<img").replace("&gt;", ">"), encoding="utf-8")
    assert open_page(file.as_uri()).locator("img").count() > 0


def test_the_copy_button_copies(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.locator(f".matrix {SILU}").click()
    box = page.locator("#commutes--silu--max_pool2d--float16 .copyable").first
    box.locator("button").click()
    page.wait_for_timeout(100)
    assert box.locator("button").inner_text() == "Copied"
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == box.locator("code").evaluate("e => e.textContent")
    compile(copied, "script", "exec")


def test_it_copies_without_the_clipboard_of_today_too(open_page):
    page = open_page()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.locator(f".matrix {SILU}").click()
    page.locator("#commutes--silu--max_pool2d--float16 button.copy").last.click()
    page.locator("[name=text]").click()
    page.keyboard.press("Control+V")
    assert page.locator("[name=text]").input_value().startswith("ordering check silu max_pool2d")


def test_the_keyboard_alone_reaches_and_opens_a_cell(open_page):
    page = open_page()
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.matrix td a')"):
            break
    else:
        pytest.fail("no cell was reached")
    target = page.evaluate("document.activeElement.hash.slice(1)")
    page.keyboard.press("Enter")
    section = page.locator(f"[id='{target}']")
    assert section.evaluate("e => e.open && e.checkVisibility()")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert not section.evaluate("e => e.open")


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_overflows_sideways(open_page, width):
    page = open_page(viewport={"width": width, "height": 740})
    for opened in (False, True):
        if opened:
            page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") == width


CONTRAST = """
selector => [...document.querySelectorAll(selector)].filter(e => e.checkVisibility()).map(element => {
  const parsed = text => text.match(/[\\d.]+/g).map(Number);
  const shade = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  let behind = element, ground = [0, 0, 0, 0];
  while (behind && (ground = parsed(getComputedStyle(behind).backgroundColor)).at(3) === 0)
    behind = behind.parentElement;
  const [a, b] = [shade(parsed(getComputedStyle(element).color)), shade(ground)].sort((x, y) => y - x);
  return [(a + .05) / (b + .05), element.outerHTML.slice(0, 80)];
})
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_contrast_is_enough(open_page, scheme):
    page = open_page(color_scheme=scheme)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    measured = page.evaluate(
        CONTRAST,
        "p, h1, h2, h3, h4, .chip, .glance a, td, th, small, figcaption, summary, label, dt, .because",
    )
    assert len(measured) > 300
    assert [each for each in measured if each[0] < 4.5] == []


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (390, "light"), (1280, "dark"), (390, "dark")]
)
def test_screenshots_show_something(open_page, tmp_path, width, scheme):
    page = open_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.locator(f".matrix {SILU}").click()
    for name in ("top", "section"):
        if name == "top":
            page.evaluate("scrollTo(0, 0)")
        file = tmp_path / f"{width}-{scheme}-{name}.png"
        page.screenshot(path=file)
        assert file.stat().st_size > 15_000


def test_printing_shows_what_is_closed_on_the_screen(open_page):
    page = open_page()
    closed = page.locator("#f--relu .worlds").first
    assert not closed.is_visible()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert closed.is_visible()
    assert not page.locator(".filters").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert not closed.is_visible()


def test_without_scripts_everything_is_there(open_page, url):
    page = open_page(f"{url}#f--silu", java_script_enabled=False)
    assert not page.locator(".filters").is_visible()
    assert page.locator("section.law:visible").count() > 1
    page.locator("#f--silu > summary").click()
    assert page.locator("#f--silu figure").first.is_visible()


def test_an_error_and_a_contradiction_stand_at_the_top(open_page, report):
    assert Answer.ERROR in {each.answer for verdict in report.verdicts for each in verdict.by_dtype.values()}
    page = open_page()
    assert "2 contradictions" in page.locator(".top .alarm").first.inner_text()
    assert "could not be examined" in page.locator(".glance:visible").first.inner_text()
