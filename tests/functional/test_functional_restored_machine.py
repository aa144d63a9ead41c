"""The table of docs/how-to/back-up-the-vault.md is complete: what it names makes a machine that goes on as the old one."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import caselink
from tests.rekeying import served
from tests.restoring import OF_THE_EXAMPLE, named_places, restored


def test_the_table_names_everything_that_lies_in_a_project(published: Path) -> None:
    there = {path.name for path in published.iterdir()} - OF_THE_EXAMPLE
    assert there - named_places() == set()


def test_a_machine_restored_by_the_page_verifies_and_goes_on(published: Path, tmp_path: Path) -> None:
    """The page's step 4, word for word; and the statement of the night before is still its own machine's."""
    machine = restored(published, tmp_path)
    for command in (("keys", "check"), ("audit", "verify"), ("statement", "--run", served(published))):
        done = caselink("governance", *command, "--quiet", "--project", str(machine))
        assert done.returncode == 0, (command, done.stderr)
    done = caselink("run", "--direct", "--json", "--quiet", "--project", str(machine))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["published"], answer["run_id"]) == (False, served(published)), "the same inputs are the same night"
    assert caselink("governance", "audit", "verify", "--quiet", "--project", str(machine)).returncode == 0
