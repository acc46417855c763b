"""
Draws the icons of the installed app: `python scripts/draw_icons.py` writes static/img/app/.

Each icon is a few rectangles and circles on a square of 32, kept within the middle four fifths
so that any phone may round the corners. SVG and PNG come from the same shapes.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "static/img/app"
SIZES = (180, 192, 512)
SAMPLES = 3  # a pixel is the mean of so many by so many points

LIME, CLAY, MOSS, HEATHER, ROSE, SKY, OCHRE, INK = (
    "#e4dace", "#c98566", "#8aa873", "#a08fc0", "#cf8a98", "#7fa3b5", "#cfa75a", "#5b6b66",
)  # fmt: skip

# A rectangle is (colour, x, y, width, height); a circle is (colour, x, y, radius).
Shape = tuple[str, float, float, float, float] | tuple[str, float, float, float]
ICONS: dict[str, list[Shape]] = {
    "wall": [
        (CLAY, 6, 7.5, 12, 8), (MOSS, 20, 7.5, 6, 8),
        (HEATHER, 6, 17, 6.5, 8), (ROSE, 14.5, 17, 11.5, 8),
    ],
    "notes": [
        (SKY, 8, 6, 16, 20), (LIME, 10.5, 10, 11, 1.6), (LIME, 10.5, 14, 11, 1.6),
        (LIME, 10.5, 18, 7, 1.6),
    ],
    "days": [
        (OCHRE, 16, 14.5, 6.5), (INK, 6, 22.5, 20, 1.8),
    ],
}  # fmt: skip


def svg(shapes: list[Shape]) -> str:
    drawn = [f'<path fill="{LIME}" d="M0 0h32v32H0z"/>']
    for shape in shapes:
        colour, x, y, *rest = shape
        if len(rest) == 1:
            drawn.append(f'<circle fill="{colour}" cx="{x}" cy="{y}" r="{rest[0]}"/>')
        else:
            width, height = rest
            drawn.append(f'<path fill="{colour}" d="M{x} {y}h{width}v{height}h-{width}z"/>')
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{"".join(drawn)}</svg>\n'


def png(shapes: list[Shape], size: int) -> bytes:
    points = [_colour_at(shapes, x, y, size) for y in range(size) for x in range(size)]
    rows = (
        b"\x00" + bytes(part for point in points[row * size : (row + 1) * size] for part in point)
        for row in range(size)
    )
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""),
        )
    )  # fmt: skip


def _colour_at(shapes: list[Shape], x: int, y: int, size: int) -> tuple[int, int, int]:
    total = [0, 0, 0]
    for across in range(SAMPLES):
        for down in range(SAMPLES):
            at = (
                (x + (across + 0.5) / SAMPLES) * 32 / size,
                (y + (down + 0.5) / SAMPLES) * 32 / size,
            )
            colour = next((each[0] for each in reversed(shapes) if _holds(each, *at)), LIME)
            for part in range(3):
                total[part] += int(colour[1 + 2 * part : 3 + 2 * part], 16)
    red, green, blue = (round(each / SAMPLES**2) for each in total)
    return red, green, blue


def _holds(shape: Shape, x: float, y: float) -> bool:
    _, left, top, *rest = shape
    if len(rest) == 1:
        return (x - left) ** 2 + (y - top) ** 2 <= rest[0] ** 2
    width, height = rest
    return left <= x < left + width and top <= y < top + height


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    HERE.mkdir(parents=True, exist_ok=True)
    for name, shapes in ICONS.items():
        (HERE / f"{name}.svg").write_text(svg(shapes))
        for size in SIZES:
            (HERE / f"{name}-{size}.png").write_bytes(png(shapes, size))
