"""The example notebook runs on the example story, and prints what stands in it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

from tests.http_spec import Api
from tests.places import ROOT

NOTEBOOK = ROOT / "docs" / "examples" / "seeds.ipynb"
MOST_BYTES = 20_000


@pytest.fixture
def story(api: Api) -> Api:
    """The example story."""
    for seed in sorted((ROOT / "seeds").glob("*.ndjson")):
        api.import_bytes(seed.read_bytes())
    api.get("/v1/estimates")
    return api


def read() -> Any:
    """The notebook as it stands in the documentation."""
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


def executed(notebook: Any, folder: Path) -> Any:
    """A notebook that was run in a folder."""
    resources = {"metadata": {"path": str(folder)}}
    # Over sockets of the file system: over TCP a kernel warns that others of the machine can listen.
    # A path of pytest's is too long for one.
    with TemporaryDirectory() as sockets:
        config = Config(KernelManager={"transport": "ipc", "ip": f"{sockets}/kernel"})
        how: dict[str, Any] = {"timeout": 120, "kernel_name": "python3", "resources": resources}
        return NotebookClient(notebook, config=config, **how).execute()


def printed(notebook: Any) -> list[str]:
    """What each cell of code prints."""
    return [
        "".join(each["text"] for each in cell["outputs"] if each["output_type"] == "stream")
        for cell in notebook.cells
        if cell["cell_type"] == "code"
    ]


def test_the_notebook_prints_what_it_shows(
    story: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("INTELLOG_URL", str(story.client.base_url))
    kept, ran = read(), executed(read(), tmp_path)

    assert printed(ran) == printed(kept)
    outputs = [each for cell in ran.cells for each in cell.get("outputs", ())]
    assert [each for each in outputs if each.get("name") == "stderr"] == []
    assert sum("image/png" in each.get("data", {}) for each in outputs) == 1


def test_the_notebook_is_small_and_holds_nothing_of_a_machine() -> None:
    text = NOTEBOOK.read_text("utf-8")

    assert len(text) < MOST_BYTES
    assert "/home/" not in text and "/tmp/" not in text and "image/png" not in text
