"""The table of exit statuses in the documents is that of the program."""

import re

from service.verify.verdicts import VERDICTS
from tests.places import ROOT

ROW = re.compile(r"\| ([0-9]+) \| `([a-z-]+)` \| (.*) \|")


def test_the_document_has_every_exit_status_with_its_meaning() -> None:
    page = (ROOT / "docs" / "proof.md").read_text("utf-8")
    rows = {(int(status), code, meaning) for status, code, meaning in ROW.findall(page)}
    assert rows == {(each.status, code, each.meaning) for code, each in VERDICTS.items()}
