"""What the documents name is there."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

pytestmark = pytest.mark.sqlite_only


def test_every_test_that_a_document_names_is_there():
    named = 0
    for document in (ROOT / "docs").glob("*.md"):
        text = document.read_text()
        for file, name in re.findall(r"`(test_\w+\.py)::(\w+)`", text):
            assert re.search(rf"^def {name}\(", (HERE / file).read_text(), re.MULTILINE), f"{document.name}: {file}::{name}"
            named += 1
        for file, names in re.findall(r"`(\w+Tests/[\w/]+\.swift)` ((?:\w+, )*\w+\b)", text):
            code = (ROOT / "Tests" / file).read_text()
            for name in names.split(", "):
                assert f"func {name}(" in code, f"{document.name}: {file} {name}"
                named += 1
    assert named > 80
