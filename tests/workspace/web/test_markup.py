"""Text on the page: markup is drawn, hostile text stays text, nothing hangs."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect

from tests.workspace.web.gallery import MESSAGE, MODAL
from tests.workspace.web.scripted import Json, Site, plain, shown
from tests.workspace.web.watching import problems_of

pytestmark = pytest.mark.browser
Render = Callable[[str, str], Json]

RENDER = """async ([renderer, text]) => {
    const store = {me: {id: "U0ANA"}, user: () => null, channels: new Map()};
    const module = await import(`/web/${renderer}.js`);
    const node = module[renderer](text, store);
    const names = [...node.querySelectorAll("*")].map((one) => one.tagName.toLowerCase());
    const links = [...node.querySelectorAll("a")].map((one) => one.href);
    return {text: node.textContent, html: node.innerHTML, names, links};
}"""
ALLOWED = {"a", "blockquote", "button", "code", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6"}
ALLOWED |= {"hr", "input", "li", "ol", "p", "path", "pre", "s", "span", "strong", "svg", "table"}
ALLOWED |= {"tbody", "td", "th", "thead", "time", "tr", "ul"}
PIECES = ["*", "_", "~", "`", "```", "<", ">", "&lt;", "&amp;", "|", "[", "](", ")", "#", "~~"]
PIECES += ["**", "__", "|-|", "1.", ":tada:", "https://a.example", "javascript:x", "<@U1>", "词"]
PIECES += ["<script>", "onerror=", '"', "'", "\\", "!", "x", "\u202e", "\n", "\n- ", "\n> ", " "]
UNFINISHED = ["*", "_", "**", "**a", "_a", "~~a", "[", "[a](", "``", "``a`", "<", "<a", ">", ">-"]
UNFINISHED += ["-", "|", "|-", "\\", "[\\", ":a", "http://a.", "#"]
markup = st.lists(st.sampled_from(PIECES)).map("".join)
letters = st.text(st.characters(categories=["L", "M", "N", "So"], codec="utf-8"))


@pytest.fixture(scope="module")
def render(browser: Browser, site: Site) -> Iterator[Render]:
    """Draw a text with `mrkdwn` or `markdown`, outside the workspace."""
    page = browser.new_page()
    page.goto(site.url)
    yield lambda kind, text: page.evaluate(RENDER, [kind, text])
    page.close()


@pytest.mark.parametrize("kind", ["mrkdwn", "markdown"])
@settings(max_examples=150, deadline=None)
@given(text=markup)
def test_no_text_makes_a_foreign_element_or_link(kind: str, text: str, render: Render) -> None:
    drawn = render(kind, text)
    assert set(drawn["names"]) <= ALLOWED
    assert all(re.match(r"https?://|mailto:", link) for link in drawn["links"])


@pytest.mark.parametrize("kind", ["mrkdwn", "markdown"])
@settings(max_examples=80, deadline=None)
@given(text=letters)
def test_text_without_markup_is_shown_letter_by_letter(
    kind: str, text: str, render: Render
) -> None:
    assert render(kind, text)["text"] == text


@pytest.mark.parametrize("kind", ["mrkdwn", "markdown"])
@pytest.mark.parametrize("piece", UNFINISHED)
def test_long_unfinished_markup_is_drawn(kind: str, piece: str, render: Render) -> None:
    for separator in ("", " ", "\n"):
        text = (piece + separator) * (12_000 // len(piece + separator))
        assert isinstance(render(kind, text)["text"], str)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*b* _i_ ~s~", "<strong>b</strong> <em>i</em> <s>s</s>"),
        ("*a _b_ c* `*d*`", "<strong>a <em>b</em> c</strong> <code>*d*</code>"),
        ("你好*粗体*吗，“_斜_”", "你好<strong>粗体</strong>吗，“<em>斜</em>”"),
        ("2*3*4 a_b_c * x *", "2*3*4 a_b_c * x *"),
        ("&gt; q\n> r\nrest", "<blockquote>q\nr</blockquote>rest"),
        ("&amp;lt; :tada: :nope: 10:30:45", "&amp;lt; 🎉 :nope: 10:30:45"),
        ("<@U1|x> <!subteam^S1|@writers>", '<span class="mention" data-user="U1">@x</span> '),
    ],
)
def test_chat_markup(text: str, html: str, render: Render) -> None:
    assert render("mrkdwn", text)["html"].startswith(html)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**b** *i* ~~s~~ snake_case", "<p><strong>b</strong> <em>i</em> <s>s</s> snake_case</p>"),
        ("***both*** 2*3*", "<p><strong><em>both</em></strong> 2<em>3</em></p>"),
        ("# 标题\ntext", "<h1>标题</h1><p>text</p>"),
        ("- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("3. a\n\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("\\*no\\* <b>raw</b>", "<p>*no* &lt;b&gt;raw&lt;/b&gt;</p>"),
        ("a\n\n---\n> q", "<p>a</p><hr><blockquote><p>q</p></blockquote>"),
        ("[x](ftp://a) [y](javascript:z)", '<p><span class="dead-link">x</span> '),
    ],
)
def test_markdown(text: str, html: str, render: Render) -> None:
    assert render("markdown", text)["html"].startswith(html)


def test_a_fence_keeps_its_text_and_names_its_language(render: Render) -> None:
    drawn = render("markdown", "```python\nif a < b:\n    *c*\n```\nafter")
    assert drawn["text"] == "pythonif a < b:\n    *c*after"
    assert "<p>after</p>" in drawn["html"]


def test_a_markdown_table_keeps_its_sides(render: Render) -> None:
    drawn = render("markdown", "Prices:\n| a | b |\n|:-:|--:|\n| x\\|y | 2 |\nend")
    assert '<th class="center">a</th><th class="right">b</th>' in drawn["html"]
    assert '<td class="center">x|y</td><td class="right">2</td>' in drawn["html"]


@pytest.mark.parametrize(
    "text",
    [
        "<script>window.pwned = 1</script>",
        "<img src=x onerror='window.pwned = 1'>",
        "<javascript:window.pwned=1|click>",
        "[click](javascript:window.pwned=1) <svg onload=window.pwned=1>",
        "<data:text/html,<script>window.pwned=1</script>|click>",
        "```<script>window.pwned = 1</script>```",
        "*<b onmouseover=window.pwned=1>bold</b>* `<i>`",
    ],
)
def test_hostile_text_stays_text(page: Page, site: Site, text: str) -> None:
    leaf = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    link = {"type": "link", "url": "javascript:window.pwned=1", "text": text}
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        {"type": "section", "text": plain(text)},
        {"type": "header", "text": plain(text)},
        {"type": "markdown", "text": text},
        {"type": "rich_text", "elements": [leaf, leaf | {"elements": [link]}]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": text}]]},
    ]
    for ts in (site.say("bo", text), site.tell(text), site.tell("x", blocks=blocks)):
        content = shown(page, ts)
        expect(content).to_be_visible()
        assert content.locator("script, img, b, i, [onerror], [onload], [onmouseover]").count() == 0
        assert content.locator("[href*=script]").count() == 0
    assert page.evaluate("window.pwned") is None


PLACES = """async ([blocks, text]) => {
    const {renderBlocks} = await import("/web/blocks.js");
    const {Scope} = await import("/web/scope.js");
    const bo = {id: "U0BO", name: text, label: text, real_name: text};
    const store = {
        me: {id: "U0ANA"}, handle: "ana", team: {id: "T", name: text}, fileToken: "t",
        users: new Map([["U0BO", bo]]), user: (id) => (id === "U0BO" ? bo : undefined),
        channels: new Map([["C0RANDOM", {id: "C0RANDOM", name: text}]]), joinable: [],
        channelName: (channel) => channel.name, other: () => undefined,
        address: (id) => `#/ana/${id}`,
    };
    const box = renderBlocks(blocks, new Scope(store, {view_id: "V1"}));
    document.body.append(box);
    for (const combo of box.querySelectorAll("[role=combobox]")) combo.click();
    const all = [...box.querySelectorAll("*")];
    const attributes = all.flatMap((one) => [...one.attributes]);
    const found = {
        names: all.map((one) => one.localName),
        handlers: attributes.map(({name}) => name).filter((name) => name.startsWith("on")),
        links: all.filter((one) => one.hasAttribute("href")).map((one) => one.getAttribute("href")),
        sources: all.filter((one) => one.hasAttribute("src")).map((one) => one.getAttribute("src")),
        pwned: window.pwned ?? null,
    };
    box.remove();
    return found;
}"""
EXPECTED = ALLOWED | {"small", "label", "textarea", "summary", "details", "figure", "figcaption"}
EXPECTED |= {
    "caption",
    "rect",
    "circle",
    "line",
    "polyline",
    "polygon",
    "text",
    "title",
    "u",
    "mark",
}
KEPT = {"type", "block_id", "action_id", "style", "level", "status", "width", "name", "icon"}
HOSTILE = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "javascript:window.pwned=1",
    "\tjava\nscript:window.pwned=1",
    "data:text/html,<script>window.pwned=1</script>",
    "vbscript:x",
    '"><svg onload=window.pwned=1>',
    "<javascript:window.pwned=1|x>",
    "[x](javascript:window.pwned=1)",
    "<!date^1^{date}^javascript:window.pwned=1|x>",
    "{{constructor.constructor('window.pwned=1')()}}",
    "__proto__",
    "constructor",
    "https://a.example/\u202egnp.exe",
    "//evil.example/x.png",
    "/files/../../evil",
    "http://127.0.0.1:1/files/x",
    "\u0000\ud83e\uffff",
    "]]>--><style>*{display:none}</style>",
    "<!channel> <@U0BO> <#C0RANDOM> :tada: `x` ```y``` | - * _ ~ >",
]


def poisoned(part: object, text: str) -> object:
    """Return a block with this text in every place that holds one."""
    if isinstance(part, dict):
        return {
            key: value if key in KEPT and isinstance(value, str) else poisoned(value, text)
            for key, value in part.items()
        }
    if isinstance(part, list):
        return [poisoned(each, text) for each in part]
    return text if isinstance(part, str) else part


def check_harmless(page: Page, text: str) -> None:
    parts = [*MESSAGE.values(), *MODAL["blocks"]]
    found = page.evaluate(PLACES, [[poisoned(each, text) for each in parts], text])
    assert set(found["names"]) <= EXPECTED
    assert found["handlers"] == []
    assert all(re.match(r"https?://|mailto:|#/ana/|/files/", link) for link in found["links"])
    assert all(source.startswith("/files/") for source in found["sources"])
    assert found["pwned"] is None


@pytest.fixture(scope="module")
def quiet(browser: Browser, site: Site) -> Iterator[Page]:
    """A page that may not write to the console, but for pictures that are not there."""
    page = browser.new_page()
    problems = problems_of(page, allowed="404 (Not Found)")
    page.goto(site.url)
    page.locator("#channels [data-channel]").first.wait_for()
    yield page
    page.close()
    assert not problems


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_any_place_of_any_block_is_inert(quiet: Page, text: str) -> None:
    check_harmless(quiet, text)


anything = st.lists(st.sampled_from([*PIECES, *HOSTILE]), max_size=6).map("".join)


@settings(max_examples=40, deadline=None)
@given(text=anything)
def test_no_mixture_in_any_place_of_any_block_does_harm(quiet: Page, text: str) -> None:
    check_harmless(quiet, text)


def test_nothing_in_the_page_writes_html() -> None:
    web = Path(__file__).parents[3] / "workspace/web"
    writes = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(|new Function"
    )
    found = [path.name for path in sorted(web.glob("*.js")) if writes.search(path.read_text())]
    assert found == []


def test_an_escaped_broadcast_is_not_a_mention(page: Page, site: Site) -> None:
    content = shown(page, site.tell("&lt;!channel&gt; and &lt;@U0ANA&gt; but <!here> and <@U0BO>"))
    expect(content).to_have_text("<!channel> and <@U0ANA> but @here and @bo")
    expect(content.locator(".mention")).to_have_text(["@here", "@bo"])


def test_links_open_elsewhere_and_tell_nothing(page: Page, site: Site) -> None:
    anchor = shown(page, site.say("bo", "见https://example.com/a?b=1&c=2。好")).locator("a")
    expect(anchor).to_have_attribute("href", "https://example.com/a?b=1&c=2")
    expect(anchor).to_have_attribute("rel", "noopener noreferrer")
    expect(anchor).to_have_attribute("target", "_blank")
