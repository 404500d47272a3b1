"""What an engineer sees who opens a live walk in the Temporal Web UI."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.e2e.technician import Technician
from tests.l1.local_stack.test_up import Up, stack_environment

pytestmark = pytest.mark.usefixtures("servers")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000
CURRENT_DETAILS = "#user-metadata-current-details"
"""The Web UI renders a workflow's Markdown in a frame of its own."""
SUMMARY = "#user-metadata-summary"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    data_dir = tmp_path_factory.mktemp("web_ui")
    running = Up.start(data_dir, stack_environment(data_dir))
    try:
        running.wait_until_announced()
        yield running
    finally:
        running.end()


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        try:
            yield page
        finally:
            browser.close()


def screenshot(page: Page, directory: Path, name: str) -> None:
    """Keep what is seen in the test's directory, and for people in $SCREENSHOT_DIR if it is set."""
    for place in filter(None, (str(directory), os.environ.get("SCREENSHOT_DIR"))):
        path = Path(place) / f"{name}.png"
        page.screenshot(path=path)
        assert path.stat().st_size


@pytest.mark.skipif(CHROMIUM is None, reason="There is no chromium: apt-get install chromium")
@pytest.mark.timeout(200)
def test_a_live_walk_shows_its_path_and_its_current_question(up: Up, page: Page, tmp_path: Path) -> None:
    with Technician(up) as technician:
        call = technician.take_call(customer_name="Ada Byron", problem_statement="Ada Byron types 4 for U")
        call = technician.step(call, "Again", note="Ada Byron did not look.")
        call = technician.step(call, "Yes")
        technician.post(f"/sessions/{call['id']}/notes", {"notes": [{"text": "Since Monday, says Ada Byron."}]})
    assert call["current_node"]["text"] == "Press Num Lock."
    ui = f"http://127.0.0.1:{up.env['L1_TEMPORAL_UI_PORT']}"
    page.goto(f"{ui}/namespaces/default/workflows/l1-walk-{call['id']}")

    for summary in ("find the flow", "open the ticket", "stall limit of 1800 s"):
        page.get_by_text(summary).first.wait_for()
    screenshot(page, tmp_path, "walk_timeline")

    page.get_by_text("Event History").first.click()
    for summary in ("record: step 2", "record: note"):
        page.get_by_text(summary).first.wait_for()
    screenshot(page, tmp_path, "walk_history")

    page.get_by_text("User Metadata").click()
    details = page.frame_locator(CURRENT_DETAILS)
    details.get_by_text("Press Num Lock.").wait_for()
    page.frame_locator(SUMMARY).get_by_text("L1 call").wait_for()
    screenshot(page, tmp_path, "walk_details")
    seen = re.sub(r"\s+", " ", details.locator("main").inner_text())
    assert "active · category hardware" in seen
    assert "flow Keyboard types the wrong letters, version 1 · taken by" in seen
    assert "notes: 1" in seen
    assert re.search(r"Is Num Lock lit\? → Again .* Is Num Lock lit\? → Yes .* Now: Press Num Lock\.", seen)
    assert "It works" in seen
    assert "No change" in seen
    assert "Escalates itself at" in seen
    for frame in page.frames:
        text = frame.locator("body").inner_text()
        assert "Byron" not in text + frame.url
        assert "Monday" not in text + frame.url
