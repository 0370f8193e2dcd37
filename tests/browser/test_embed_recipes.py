"""The recipes of docs/embedding.md as they stand there: built by Sphinx, MkDocs and nbconvert, opened in Chromium."""

import json
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_S, ROOT, Lab, Site
from tests.browser.test_embed import eventually, expect_recording, frame_of, put_recording

GUIDE = (ROOT / "docs/embedding.md").read_text("utf-8")
RECIPE = "/embed/thread-start-join"


def recipe(heading: str, language: str, lab: Lab) -> str:
    """Return a block of the guide, with the real lab in place of the example's."""
    section = GUIDE.split(f"\n### {heading}\n")[1].split("\n### ")[0]
    block = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert block is not None
    return block[1].replace("https://lab.example.org", lab.url)


def notebook(code: str) -> dict[str, object]:
    """Return a notebook whose one cell was run: the output is what IPython's IFrame says of itself."""
    found = re.search(r'IFrame\("(.*?)", width="(.*?)", height=(\d+)\)', code)
    assert found is not None
    html = f'<iframe width="{found[2]}" height="{found[3]}" src="{found[1]}" frameborder="0" allowfullscreen></iframe>'
    data = {"text/html": [html], "text/plain": ["<IPython.lib.display.IFrame>"]}
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
    cell = {"cell_type": "code", "id": "a", "execution_count": 1, "metadata": {}, "source": code, "outputs": [output]}
    return {"cells": [cell], "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(scope="module")
def built(lab: Lab, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Build all three side by side into the site's folder."""
    here = tmp_path_factory.mktemp("recipes")
    for name in ("sphinx/_static", "mkdocs/docs"):
        (here / name).mkdir(parents=True)
    conf = "project = 'Course'\nhtml_static_path = ['_static']\nhtml_theme = 'alabaster'\n"
    (here / "sphinx/conf.py").write_text(conf + recipe("Sphinx", "python", lab))
    (here / "sphinx/index.rst").write_text(f"Threads\n=======\n\nStart and join.\n\n{recipe('Sphinx', 'rst', lab)}\n")
    put_recording(lab, here / "sphinx/_static", "thread-start-join.html")
    (here / "mkdocs/mkdocs.yml").write_text("site_name: Course\n" + recipe("MkDocs", "yaml", lab))
    page = f"# Threads\n\nStart and join.\n\n{recipe('MkDocs', 'markdown', lab)}\nAnd on.\n"
    (here / "mkdocs/docs/index.md").write_text(page)
    (here / "course.ipynb").write_text(json.dumps(notebook(recipe("Jupyter", "python", lab))))
    out = site.folder
    commands = [
        ["sphinx", "-q", "-b", "html", str(here / "sphinx"), str(out / "sphinx")],
        ["mkdocs", "build", "-q", "-f", str(here / "mkdocs/mkdocs.yml"), "-d", str(out / "mkdocs")],
        ["nbconvert", "--log-level=ERROR", "--to", "html", "--output-dir", str(out), str(here / "course.ipynb")],
    ]
    builds = [subprocess.Popen([sys.executable, "-m", *command], cwd=here) for command in commands]
    assert [build.wait(PATIENCE_S * 2) for build in builds] == [0, 0, 0]
    return site


@pytest.mark.parametrize("path", ["sphinx/index.html", "mkdocs/index.html"])
def test_an_element_in_documentation_is_live(visitor: Page, built: Site, path: str) -> None:
    visitor.goto(f"{built.url}/{path}")
    element = visitor.locator("concurrency-lab")
    element.scroll_into_view_if_needed()
    eventually(visitor, lambda: element.evaluate("one => one.state") == "live")
    frame = frame_of(visitor, RECIPE)
    expect(frame.get_by_role("button", name="Run", exact=True)).to_be_visible()
    box = element.bounding_box()
    assert box is not None
    assert box["width"] > 300
    assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_recipe_falls_back_to_its_file(visitor: Page, built: Site) -> None:
    (built.folder / "sphinx/offline.html").write_text(
        (built.folder / "sphinx/index.html").read_text().replace("<concurrency-lab ", '<concurrency-lab timeout="0.2" ')
    )
    visitor.route(f"**{RECIPE}", lambda route: route.abort())
    visitor.goto(f"{built.url}/sphinx/offline.html")
    visitor.locator("concurrency-lab").scroll_into_view_if_needed()
    expect_recording(visitor.frame_locator("iframe"))


def test_a_notebook_that_was_converted_runs_the_lesson(visitor: Page, built: Site) -> None:
    visitor.goto(f"{built.url}/course.html")
    frame = frame_of(visitor, RECIPE)
    frame.get_by_role("button", name="Run", exact=True).click()
    expect(frame.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
