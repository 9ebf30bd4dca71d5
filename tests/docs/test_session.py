"""The documents are run as they say: what would not work for a reader fails, with its place."""

from pathlib import Path

import pytest

from tests.docs.blocks import steps
from tests.docs.session import matches, run_page

RIGHT = """
# Page

```console
$ echo 'one
two'
one
two
$ export NAME=three
$ cat > said <<'EOF'
it's $NAME
EOF
$ cat said; echo \\
  $NAME
it's $NAME
three
```

```sh
not run
```

```python
seen = open("said").read()
print(seen)
```

```text
it's $NAME
```

Between them, another part of the same program, of which nothing is shown.

```python
print(len(seen))
```
"""


def test_a_page_runs_in_order_in_one_place(tmp_path: Path) -> None:
    assert run_page("page.md", RIGHT, tmp_path / "work") == 6


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("one\ntwo\n$", "one\ntwo\nthree\n$", 5),
        ("one\ntwo\n$", "$", 5),
        ("\n  $NAME\nit's $NAME\nthree", "\n  $NAME\nit's $NAME\nfour", 13),
        ("$ export NAME=three", "$ export NAME=three; false", 9),
        ("$ export NAME=three", "$ false", 9),
        ("print(seen)", "print(unseen)", 24),
        ("```text\nit's $NAME", "```text\nit is $NAME", 24),
        ("print(len(seen))", "raise SystemExit", 35),
    ],
)
def test_a_wrong_page_fails_at_the_line(tmp_path: Path, right: str, wrong: str, line: int) -> None:
    assert RIGHT.count(right) == 1
    with pytest.raises(AssertionError, match=rf"^page\.md:{line}: "):
        run_page("page.md", RIGHT.replace(right, wrong), tmp_path / "work")


def test_a_command_that_is_refused_may_be_shown_with_its_refusal(tmp_path: Path) -> None:
    page = "```console\n$ echo no >&2; (exit 1)\nno\n```\n"
    assert run_page("page.md", page, tmp_path / "work") == 1


def test_a_console_block_without_a_command_is_a_fault() -> None:
    with pytest.raises(ValueError, match="line 2: "):
        steps("```console\nls\n```\n")


@pytest.mark.parametrize(
    ("printed", "shown", "same"),
    [
        ("a\nb\nc\n", "a\n...\nc", True),
        ("a\nc", "a\n...\nc", True),
        ("a\nb\nd", "a\n...\nc", False),
        ("a\nb", "...", True),
        ("", "...", True),
        ("x", "", False),
        ("a.c", "abc", False),
        ('"2026-11-23T14:30:00.000000Z"', '"2026-11-29T05:00:00.25Z"', True),
        ("recorded 2026-11-23 14:30", "recorded 2026-11-29 05:00", True),
        ("published 2025-01-13", "published 2025-01-14", False),
        ("published 2026-02-16", "published 2026-03-01", False),
        ("recorded 2026-03-01", "recorded 2027-01-14", True),
        ("0123456789abcdef0123456789abcdef", "f123456789abcdef0123456789abcdef", True),
        ("0123456789abcde", "f123456789abcde", False),
        ("x-request-id: dc7ad138-1", "x-request-id: aa7ad138-22", True),
        ("trailing  \n\n", "trailing", True),
    ],
)
def test_only_what_differs_from_run_to_run_may_differ(printed: str, shown: str, same: bool) -> None:
    assert matches(printed, shown) is same
