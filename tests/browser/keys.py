"""A person with a keyboard and no mouse, who sees where they are at every step."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

# More presses than any page has places to stop at.
ENOUGH = 120

# Where the focus is, whether it can be seen there, and whether that is the place wanted.
LOOK = """(wanted) => {
    const at = document.activeElement;
    if (!at || at === document.body) return { isThere: false, name: "", faults: [] };
    const faults = [];
    const style = getComputedStyle(at);
    const width = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
    if (width < 2) faults.push("no outline");
    const box = at.getClientRects()[0];
    // Its middle and just inside two corners. Of what is taller than the screen, the part in sight.
    const [top, bottom] = box.height > innerHeight - 100
        ? [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)] : [box.top, box.bottom];
    const middle = [box.left + box.width / 2, (top + bottom) / 2];
    const away = [box.width / 2 - 3, (bottom - top) / 2 - 3];
    for (const way of box.height > innerHeight - 100 ? [0] : [-1, 0, 1]) {
        const over = document.elementFromPoint(...middle.map((at, axis) => at + way * away[axis]));
        if (!over) faults.push(`off the screen, ${box.top} to ${box.bottom} of ${innerHeight}`);
        else if (!at.contains(over) && !over.contains(at)) {
            faults.push(`covered by ${over.tagName}.${over.className}`);
        }
    }
    const words = at.ariaLabel || at.labels?.[0]?.textContent || at.textContent;
    return {
        isThere: at === wanted,
        name: `${at.tagName} “${words.trim().slice(0, 40)}”`,
        faults: [...new Set(faults)],
    };
}"""

TWO_FRAMES = """() => new Promise((seen) => {
    requestAnimationFrame(() => requestAnimationFrame(() => seen(true)));
})"""


class Keys:
    """Tab, Enter, Space and letters; remembers wherever the focus could not be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []

    def go_to(self, place: Locator) -> None:
        """Tab until the focus is there."""
        wanted = place.element_handle()
        passed = []
        for _ in range(ENOUGH):
            seen = self.press("Tab", wanted)
            if seen["isThere"]:
                return
            passed.append(seen["name"])
        raise AssertionError(f"Tab does not lead to {place}, only to {passed}")

    def press(self, key: str, wanted: object = None) -> dict[str, Any]:
        self.page.keyboard.press(key)
        seen: dict[str, Any] = self.page.evaluate(LOOK, wanted)
        if seen["faults"]:
            # A busy browser scrolls there a frame later; what stays unseen is a fault.
            self.page.evaluate(TWO_FRAMES)
            seen = self.page.evaluate(LOOK, wanted)
        self.faults += [f"{self.page.url}, {key}: {seen['name']}: {one}" for one in seen["faults"]]
        return seen

    def follow(self, link: Locator) -> None:
        self.go_to(link)
        self.page.keyboard.press("Enter")

    def push(self, button: Locator) -> None:
        self.go_to(button)
        self.page.keyboard.press("Space")

    def fill(self, box: Locator, words: str) -> None:
        self.go_to(box)
        self.page.keyboard.type(words)

    def unfold(self, summary: Locator) -> None:
        self.go_to(summary)
        self.page.keyboard.press("Enter")

    def choose(self, radio: Locator) -> None:
        """Into the group by Tab, and along it by the arrows."""
        group = radio.locator("xpath=ancestor::fieldset").get_by_role("radio")
        self.go_to(group.first)
        self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if radio.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to {radio}")

    def walk(self, key: str) -> list[str]:
        """Press a key until the focus comes round; where it stopped on the way."""
        stops: list[str] = []
        for _ in range(ENOUGH):
            name = str(self.press(key)["name"])
            if not name and stops:
                return stops
            stops.append(name)
        raise AssertionError(f"the focus never leaves the page: {stops}")
