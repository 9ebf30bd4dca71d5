"""Takes the pictures of the documents, on the seeds: pages, and figures as other pages show them."""

from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests.http_spec import Clock, one_server
from tests.places import DOCS
from tests.service.web.web_spec import CHROMIUM, FLAGS, Scheme, visiting
from tests.test_seeds import load

FOLDER = DOCS / "pictures"
PICTURES = {
    "board": "/",
    "estimate": "/estimates/dprk-killed",
    "replay": "/estimates/dprk-killed?published_by=2025-02-01",
}
WRITTEN = "?written_at=200"
ELSEWHERE = {
    "badge": (f"/badge/dprk-killed.svg{WRITTEN}", (800, 100)),
    "badge-200": (f"/badge/dprk-killed.svg{WRITTEN}&width=200", (200, 300)),
    "frame": (f"/embed/dprk-killed{WRITTEN}", (480, 240)),
    "frame-200": (f"/embed/dprk-killed{WRITTEN}", (200, 300)),
}
"""What other pages show, each with the size of the window."""
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SIZES = {"board": (1100, 860), "estimate": (1100, 1180), "replay": (1100, 1300)}


def main() -> None:
    """Serve the seeds and photograph their pages."""
    clock = Clock()
    clock.set("2026-03-01T09:00:00Z")
    FOLDER.mkdir(exist_ok=True)
    with (
        TemporaryDirectory() as folder,
        one_server() as server,
        server.over(Path(folder) / "log", clock) as api,
        sync_playwright() as driver,
        driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS)) as browser,
    ):
        load(api.client)
        api.get("/v1/estimates", limit=1)
        for name, path in PICTURES.items():
            with visiting(browser, str(api.client.base_url), size=SIZES[name]) as page:
                page.goto(path)
                page.screenshot(path=FOLDER / f"{name}.png")
        for (name, (path, size)), scheme in product(ELSEWHERE.items(), SCHEMES):
            with visiting(browser, str(api.client.base_url), size=size, scheme=scheme) as page:
                page.goto(path)
                shown = page.locator("svg, main").first
                shown.screenshot(path=FOLDER / f"{name}-{scheme}.png", omit_background=True)


if __name__ == "__main__":
    main()
