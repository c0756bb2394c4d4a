"""The demo's page of pictures: ``build/demo/index.html``."""

from __future__ import annotations

from html import escape
from pathlib import Path

from tests.demo.story import Step, Story

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Counterfoil: what the demo did</title>
<style>
:root {{ --paper: #faf7f0; --card: #fff; --line: #e4ded1; --ink: #1d1b14; --muted: #6b6656; --act: #1f5f4a; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --paper: #16150f; --card: #1f1e17; --line: #37352a; --ink: #f2eee2; --muted: #a7a18e; --act: #5fc29b; }}
}}
body {{ margin: 0 auto; padding: 32px 16px; max-width: 960px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }}
h1 {{ font-size: 24px; margin: 0 0 8px; }}
h2 {{ font-size: 18px; margin: 0; }}
p {{ margin: 4px 0; max-width: 70ch; }}
section {{ background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px; margin: 16px 0; }}
.muted {{ color: var(--muted); }}
.why {{ color: var(--act); }}
.pictures {{ display: flex; flex-wrap: wrap; gap: 16px; margin-top: 12px; align-items: start; }}
.pictures img {{ max-width: min(100%, 440px); max-height: 640px; border: 1px solid var(--line); border-radius: 4px; }}
</style>
<h1>What the demo did, and why it was safe</h1>
<p class="muted">{summary}</p>
{steps}
</html>
"""


def write_report(story: Story, summary: str) -> Path:
    """The page, with the pictures beside it."""
    to = story.folder / "index.html"
    to.write_text(PAGE.format(summary=escape(summary), steps="\n".join(_section(step) for step in story.steps)))
    return to


def _section(step: Step) -> str:
    facts = "".join(f"<p>{escape(fact)}</p>" for fact in step.saw)
    pictures = "".join(f'<img src="{escape(picture.name)}" alt="{escape(step.title)}">' for picture in step.pictures)
    touches = {0: "", 1: ", 1 touch"}.get(step.touches, f", {step.touches} touches")
    return (
        f'<section><h2>{step.number}. {escape(step.title)} <span class="muted">{step.seconds:.1f} s{touches}</span></h2>'
        f'{facts}<p class="why">Safe because {escape(step.why)}</p>'
        f'<div class="pictures">{pictures}</div></section>'
    )
