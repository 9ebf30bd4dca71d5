"""What Markdown becomes: anchors as code hosts have them, and links that lead to served pages."""

import pytest

from service.web.docs.document import address_of, anchor_of, rendered

NAMES = {"README.md", "security.md", "how-to/run-it.md", "pictures/board.png"}


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("../security.md", '<a href="/docs/security">'),
        ("../security.md#roles", '<a href="/docs/security#roles">'),
        ("run-it.md", '<a href="/docs/how-to/run-it">'),
        ("../README.md", '<a href="/docs">'),
        ("#here", '<a href="#here">'),
        ("https://example.org/a", '<a href="https://example.org/a">'),
        ("../../SECURITY.md", '<span class="file">'),
        ("../../service/app.py", '<span class="file">'),
        ("../mappings", '<span class="file">'),
    ],
)
def test_a_link_leads_to_what_is_served(link: str, leads: str) -> None:
    html = rendered("how-to/page.md", f"See [this]({link}), [that](#that).", NAMES).html
    closes = leads[1:].split(" ")[0]
    assert html == f'<p>See {leads}this</{closes}>, <a href="#that">that</a>.</p>\n'


def test_a_picture_is_served_beside_the_pages() -> None:
    html = rendered("page.md", "![The board](pictures/board.png)", NAMES).html
    assert html == '<p><img src="/docs/pictures/board.png" alt="The board" /></p>\n'


def test_nothing_in_a_page_is_markup_of_its_own() -> None:
    page = rendered(
        "page.md", "<script>1</script>\n\n[a](javascript:alert(1))\n\n```x\n<b>\n```\n", NAMES
    )
    assert "<script" not in page.html
    assert 'href="javascript' not in page.html
    assert '<pre tabindex="0"><code>&lt;b&gt;\n</code></pre>' in page.html


def test_sections_have_anchors_and_the_words_below_their_heading() -> None:
    text = (
        "# A `b`, c\n\nOne *two*\nthree.\n\n## /problems/invalid\n\n| x |\n|---|\n| y |\n\n## A b, c\n"
    )
    page = rendered("page.md", text, NAMES)
    assert page.title == "A b, c"
    assert [(each.level, each.anchor, " ".join(each.words.split())) for each in page.sections] == [
        (1, "a-b-c", "A b, c One two three."),
        (2, "problemsinvalid", "/problems/invalid x y"),
        (2, "a-b-c-1", "A b, c"),
    ]
    assert '<h2 id="a-b-c-1">' in page.html
    assert '<div class="wide" role="region" tabindex="0" aria-label="Table 1">' in page.html


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("What is taken", "what-is-taken"),
        ("GET /v1/claims/{report}/{n}", "get-v1claimsreportn"),
        ("The default policy, latest-best-source/2", "the-default-policy-latest-best-source2"),
        ("Größe_1", "größe_1"),
    ],
)
def test_anchors_are_those_of_code_hosts(title: str, anchor: str) -> None:
    assert anchor_of(title, {}) == anchor


def test_addresses() -> None:
    assert [address_of(name) for name in sorted(NAMES)] == [
        "/docs",
        "/docs/how-to/run-it",
        "/docs/pictures/board.png",
        "/docs/security",
    ]
