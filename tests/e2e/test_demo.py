"""The demo, as a test: every step does what it says, and asks for as few touches as it promises."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from tests.demo.report import write_report
from tests.demo.story import Story
from tests.demo.walk import Walk
from tests.devnet.anvil import Anvil
from tests.e2e.browser import Browser


def test_the_demo_walks_from_onboarding_to_a_mined_transaction_and_refuses_three_thefts(
    browser: Browser, anvil: Anvil, short_tmp: Path, tmp_path: Path
) -> None:
    printed = io.StringIO()
    story = Story(tmp_path, Console(file=printed, width=100))
    walk = Walk(story, browser, anvil, short_tmp)
    walk.all()
    assert walk.touches_of_set_up <= 4
    assert walk.touches_of_payment == 1
    assert all(step.saw and step.why for step in story.steps)
    assert printed.getvalue().count("Safe because") == len(story.steps)
    report = write_report(story, "as a test").read_text()
    assert all(picture.is_file() and picture.name in report for step in story.steps for picture in step.pictures)
