"""Makes the pictures of the README in docs/img: `make screenshots`.

They show the trained assistant, or what listens at SCREENSHOTS_URL; `--sample` shows the server of the tests.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Route, sync_playwright

from web.conftest import ARGUMENTS, CHROMIUM, Chat
from web.mock import BASE, Mock

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "img"
DESKTOP = {"width": 1000, "height": 760}
PHONE = {"width": 360, "height": 740}
LARGEST = 150_000  # bytes of one picture
STEPS = "jeg kan ikke mere, jeg har brug for en at tale med"
URGENT = "min søn hører stemmer og har taget en kniv"
ANSWER = "hvad må de fortælle mig, når han ikke har sagt ja?"


@contextmanager
def server(sample: bool) -> Iterator[str]:
    """Give the address of a server that answers."""
    if os.environ.get("SCREENSHOTS_URL"):
        yield os.environ["SCREENSHOTS_URL"]
    elif sample:
        mock = Mock()
        mock.start()
        yield mock.url
        mock.stop()
    else:
        from conftest import free_ports

        from bot import serve

        with serve.Servers(serve.train(), free_ports()) as servers:
            servers.wait_until_ready()
            yield servers.url


class Camera:
    """Opens the demo page as a person would, and takes pictures."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url

    @contextmanager
    def chat(self, **options: object) -> Iterator[Chat]:
        """Open the demo page."""
        context = self.browser.new_context(locale="da-DK", **options)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(self.url + BASE + "demo")
        yield Chat(page)
        context.close()

    def take(self, chat: Chat, name: str) -> None:
        """Take a picture of what is seen."""
        path = FOLDER / f"{name}.png"
        chat.page.wait_for_timeout(200)
        picture = chat.page.screenshot(caret="hide", animations="disabled")
        Image.open(BytesIO(picture)).convert("RGB").quantize(128).save(path, optimize=True)
        size = path.stat().st_size
        assert size <= LARGEST, f"{path} has {size} bytes"
        print(f"{path.relative_to(FOLDER.parents[1])}  {size // 1024} kB")


def pictures(camera: Camera) -> None:
    """Take the main states."""
    with camera.chat(viewport=DESKTOP) as chat:
        camera.take(chat, "demo")
        chat.page.set_viewport_size(PHONE)
        camera.take(chat, "lukket")
        chat.open()
        camera.take(chat, "start")
        chat.say(ANSWER)
        camera.take(chat, "samtale")
        chat.say(URGENT)
        camera.take(chat, "akut")
    with camera.chat(viewport=PHONE) as chat:
        chat.open().say(STEPS)
        camera.take(chat, "skridt")
        chat.host.locator("summary").first.click()
        chat.host.locator("details").first.scroll_into_view_if_needed()
        camera.take(chat, "kilder")
    with camera.chat(viewport=DESKTOP, color_scheme="dark") as chat:
        chat.open().say(STEPS)
        camera.take(chat, "moerk")
    with camera.chat(viewport={"width": 320, "height": 640}) as chat:
        chat.open().say(ANSWER)
        camera.take(chat, "320")
    with camera.chat(viewport=PHONE) as chat:
        chat.open()
        chat.page.route("**/messages", lambda route: Route.abort(route))
        chat.say("han svarer ikke, når jeg ringer", "failed")
        camera.take(chat, "server-nede")
    with camera.chat(viewport=DESKTOP) as chat:
        chat.open().say(ANSWER)
        camera.take(chat, "skrivebord")


def main() -> None:
    """Make all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with server("--sample" in sys.argv) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        pictures(Camera(browser, url))
        browser.close()


if __name__ == "__main__":
    main()
