"""A page of HTML that stands alone: headings, tables, charts and pictures, no script."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt
from PIL import Image

from sslstudio.services.runs.report_chart import Chart

PICTURE_SIDE = 72
STYLE = """
:root { --ground: #F6F7F9; --panel: #FFFFFF; --line: #E2E6EC; --text: #1B2430; --muted: #5B6675;
  --accent: #2563EB; --rule: #C93A31; }
@media (prefers-color-scheme: dark) { :root { --ground: #12151A; --panel: #191D24;
  --line: #2A303B; --text: #E7EAF0; --muted: #98A3B4; --accent: #7AA7FF; --rule: #FF7B72; } }
body { margin: 0 auto; padding: 32px 24px; max-width: 1180px; background: var(--ground);
  color: var(--text); font: 14px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 32px 0 12px; }
p { margin: 4px 0; } .muted, figcaption span { color: var(--muted); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)); gap: 12px; }
figure { margin: 0; padding: 12px; background: var(--panel); border: 1px solid var(--line);
  border-radius: 8px; } figcaption { font-weight: 600; } figcaption span { font-weight: 400; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--muted); }
.axis { stroke: var(--line); } .rule { stroke: var(--rule); stroke-dasharray: 5 4; }
.curve { fill: none; stroke: var(--accent); stroke-width: 1.5; }
table { border-collapse: collapse; width: 100%; background: var(--panel); }
th, td { border: 1px solid var(--line); padding: 6px 10px; text-align: left;
  vertical-align: top; } th { font-weight: 600; }
.row { display: flex; flex-wrap: wrap; gap: 6px; margin: 2px 0 12px; }
.row img { border-radius: 6px; image-rendering: pixelated; }
.right { outline: 2px solid #1E8E5A; } .wrong { outline: 2px dashed #C93A31; }
pre { overflow: auto; background: var(--panel); border: 1px solid var(--line); padding: 12px; }
"""

Rows = Sequence[Sequence[str]]
Picture = npt.NDArray[np.uint8]  # (height, width, 3)


def page(title: str, body: Sequence[str]) -> str:
    """Return a whole document."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(
        [*body, "</body></html>", ""]
    )


def heading(words: str) -> str:
    """Return the title of a section."""
    return f"<h2>{escape(words)}</h2>"


def paragraph(words: str, *, muted: bool = False) -> str:
    """Return a sentence or two."""
    return f"<p{' class=muted' if muted else ''}>{escape(words)}</p>"


def table(columns: Sequence[str], rows: Rows) -> str:
    """Return a table with a line of column names."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{lines}</table>"


def charts(shown: Sequence[Chart]) -> str:
    """Return curves side by side."""
    figures = [
        f"<figure><figcaption>{escape(chart.name)} <span>{escape(chart.note)}</span></figcaption>"
        f"{chart.drawn()}</figure>"
        for chart in shown
    ]
    return f'<div class="cards">{"".join(figures)}</div>'


def picture_row(
    caption: str, pictures: Sequence[Picture], marks: Sequence[bool | None] = ()
) -> str:
    """Return a row of pictures; right ones have a firm outline, wrong ones a dashed one."""
    known = [*marks, *[None] * (len(pictures) - len(marks))]
    images = "".join(
        _image(picture, mark=mark) for picture, mark in zip(pictures, known, strict=False)
    )
    return f'<p>{escape(caption)}</p><div class="row">{images}</div>'


def folded(summary: str, text: str) -> str:
    """Return a long text that opens on a click."""
    return f"<details><summary>{escape(summary)}</summary><pre>{escape(text)}</pre></details>"


def _image(picture: Picture, *, mark: bool | None) -> str:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    word = "" if mark is None else "right" if mark else "wrong"
    kind = f' class="{word}" alt="{word}"' if word else ' alt=""'
    return f'<img width="{PICTURE_SIDE}" src="data:image/png;base64,{data}"{kind}>'
