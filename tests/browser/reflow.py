"""What is wrong with a page on a narrow screen: sideways scroll, cut text, small targets."""

from __future__ import annotations

from playwright.sync_api import Page

# What WCAG 1.4.12 lets a reader set. By adoptedStyleSheets: the policy forbids <style>.
SPREAD = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
        word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }`);
    document.adoptedStyleSheets = [sheet];
}"""
# The furthest that anything reaches to the right of the page, and what does.
SIDEWAYS = """() => {
    const page = document.documentElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    return [...document.querySelectorAll("body *")]
        .filter((each) => each.getBoundingClientRect().right > page.clientWidth + 1)
        .filter((each) => !each.closest(".table-frame > *, .topics > *"))
        .map((each) => `${each.tagName}.${each.className} to ${each.getBoundingClientRect().right}`)
        .slice(-3);
}"""
# Text that its own box cuts off. Cutting short on purpose says so: .words-short has the whole post
# one link away, and a queue's row the alert.
CUT = """() => [...document.querySelectorAll("body *")]
    .filter((each) => {
        const style = getComputedStyle(each);
        const clips = /hidden|clip/.test(style.overflowX + style.overflowY);
        const larger = each.scrollHeight > each.clientHeight + 2 ||
            each.scrollWidth > each.clientWidth + 2;
        return clips && larger && each.clientHeight > 1 && each.textContent.trim() &&
            !each.matches(".words-short, .queue-row .what, .unseen, svg, svg *");
    })
    .map((each) => `${each.tagName}.${each.className}: ${each.textContent.trim().slice(0, 40)}`)"""
# What can be pressed, with its size. A link in a sentence is as high as the sentence, and the box
# of a choice counts together with its words.
SMALL = """(least) => {
    const label = (each) => each.closest("label") ??
        (each.id && document.querySelector(`label[for="${each.id}"]`));
    const box = (each) => {
        const own = each.getBoundingClientRect();
        const words = /checkbox|radio/.test(each.type) && label(each)?.getBoundingClientRect();
        if (!words) return [own.width, own.height];
        return [Math.max(own.right, words.right) - Math.min(own.left, words.left),
            Math.max(own.bottom, words.bottom) - Math.min(own.top, words.top)];
    };
    const inASentence = (each) => each.tagName === "A" &&
        getComputedStyle(each).display === "inline" &&
        each.parentElement.textContent.trim() !== each.textContent.trim();
    return [...document.querySelectorAll("a[href], button, summary, input, select, textarea")]
        .filter((each) => each.checkVisibility() && each.type !== "hidden" && each.tabIndex >= 0)
        .filter((each) => !each.matches(".skip") && !inASentence(each))
        .map((each) => [each, ...box(each)])
        .map(([each, ...size]) => [each, ...size, each.closest(".desk") ? 32 : least])
        .filter(([, width, height, least]) => height < least - 0.5 || width < least - 0.5)
        .map(([each, width, height]) => `${each.tagName}.${each.className} “${
            each.textContent.trim().slice(0, 30)}” ${Math.round(width)} × ${Math.round(height)}`);
}"""


def faults(page: Page, *, least: int) -> list[str]:
    """Whatever a narrow screen, or a reader's wider spacing, takes away (U04, U05)."""
    page.set_viewport_size({"width": 320, "height": 700})
    page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    found = [f"sideways: {one}" for one in page.evaluate(SIDEWAYS)]
    found += [f"small: {one}" for one in page.evaluate(SMALL, least)]
    page.evaluate(SPREAD)
    found += [f"sideways, spread: {one}" for one in page.evaluate(SIDEWAYS)]
    found += [f"cut: {one}" for one in page.evaluate(CUT)]
    return found
