"""A browser of its own for every person of a journey, and one running system for the journeys of a module."""
from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.whole import System

CHROMIUM_FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def system() -> System:
    with System() as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Browser:
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: make test installs it as root; otherwise: apt-get install chromium"
    flags = CHROMIUM_FLAGS + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield started
        started.close()


@pytest.fixture
def pictures(request) -> Path:
    """Where a journey leaves its screenshots; ACADEMY_PICTURES=DIR keeps them."""
    folder = Path(os.environ.get("ACADEMY_PICTURES", "") or request.getfixturevalue("tmp_path"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def person(browser):
    """A function: a new browser window (context) for one person, closed afterwards."""
    contexts = []

    def new(**options):
        context = browser.new_context(viewport={"width": 1280, "height": 860}, accept_downloads=True, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        return context.new_page()

    yield new
    for context in contexts:
        context.close()
