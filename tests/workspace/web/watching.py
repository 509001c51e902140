"""What a page must not do: write to the console, or show text that is hard to read."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # playwright may be absent
    from playwright.sync_api import ConsoleMessage, Locator, Page

CONTRAST = """(node) => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const parse = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = (top, under) => [0, 1, 2].map((n) => top[n] * top[3] + under[n] * (1 - top[3]));
    const backOf = (one) => {
        if (!one) return [255, 255, 255];
        const own = parse(getComputedStyle(one).backgroundColor);
        return own[3] === 1 ? own : over(own, backOf(one.parentElement));
    };
    const linear = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const light = (colour) => {
        const [r, g, b] = colour.map((part) => linear(part / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const poor = [];
    for (const one of node.querySelectorAll("*")) {
        const text = [...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
        if (!text || one.closest(":disabled, option") || !one.checkVisibility()) continue;
        const style = getComputedStyle(one);
        const back = backOf(one);
        const ink = over(parse(one instanceof SVGElement ? style.fill : style.color), back);
        const [high, low] = [light(ink), light(back)].sort((x, y) => y - x);
        const ratio = ((high + 0.05) / (low + 0.05)).toFixed(2);
        if (ratio < LEAST) poor.push(`${one.tagName} ${one.textContent}: ${ratio}`);
    }
    return poor;
}"""
AA = 4.5


def poor(region: "Locator", least: float = AA) -> list[str]:
    """Return the texts with less contrast than WCAG AA asks for."""
    return region.evaluate(CONTRAST.replace("LEAST", str(least)))


def problems_of(page: "Page", allowed: str = "nothing at all") -> list[str]:
    """Return a list that gathers what the page writes to the console, but for `allowed`."""
    problems: list[str] = []

    def hear(line: "ConsoleMessage") -> None:
        if line.type in {"error", "warning"} and allowed not in line.text:
            problems.append(f"{line.text} {line.location['url']}")

    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", hear)
    return problems
