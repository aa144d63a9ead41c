"""`caselink governance attack`: a sound night holds; each weakness put into one is found and ends with 4."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.conftest import caselink


def night_of(project: Path) -> Path:
    return project / "runs" / json.loads((project / "CURRENT").read_text())["run_id"]


def attack(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return caselink("governance", "attack", "--sample", "1000", *options, "--project", str(project))


def some_number(project: Path) -> str:
    records = pq.read_table(project / "vault" / "nights" / night_of(project).name / "person_record.parquet")
    return str(pc.drop_null(records["nhs_number"])[0])


def test_a_sound_night_holds(published: Path) -> None:
    done = attack(published, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["number_space"] == 909_090_910
    keys = {each["key"] for each in answer["searches"]}
    assert {"no key", "csu1", "night1"} < keys
    assert all(each["found"] == 0 and each["own_numbers"] > 1000 for each in answer["searches"])
    assert all(not each["is_joinable"] and each["equal_tokens"] == 0 for each in answer["tokens"])
    assert answer["differencing"]["withheld"] > 100
    assert answer["differencing"]["solved"] == 0
    assert answer["differencing"]["fewest_values"] >= 3
    assert {"csu", "castle"} < {each["recipient"] for each in answer["uniqueness"]}
    assert "Brute force over NHS numbers" in done.stderr
    assert {each["recipient"] for each in answer["desk_uniqueness"]} == {each["one"] for each in answer["desk_contacts"]}
    own = [each["share"] for each in answer["desk_contacts"] if each["one"] == each["other"]]
    assert min(own) > 0.9, "hardly two people have three contacts in common: the files behind the pages are personal data"
    assert "Behind the teams' pages" in done.stderr
    shared = {name for each in answer["joined"] if "csu" in (each["one"], each["other"]) for name in each["columns"]}
    assert {"tier", "outpatient_365"} <= shared, "contacts have another name in a list, and the same values"
    assert shared.isdisjoint({"rank", "accountable_professional_id", "coordinator_id"})


def test_the_manifest_says_how_unique_people_are(first_night: Path) -> None:
    manifest = json.loads((night_of(first_night) / "manifest.json").read_text())
    of_people = next(each for each in manifest["uniqueness"] if (each["recipient"], each["table"]) == ("csu", "person"))
    assert of_people["k"] == 1
    assert 0 < of_people["unique_share"] < 1
    assert round(of_people["unique_share"], 2) == of_people["unique_share"]
    assert "attack.json" in manifest["files"]


def leak_a_plain_hash(project: Path) -> None:
    number = some_number(project)
    (night_of(project) / "out" / "csu" / "extra.csv").write_text(f"code\n{hashlib.sha1(number.encode()).hexdigest()}\n")  # noqa: S324


def leak_a_count(project: Path) -> None:
    """Put a withheld small count back into the published table."""
    path = night_of(project) / "aggregate" / "measure.parquet"
    table = pq.read_table(path, partitioning=None)
    hidden = pc.and_(table["suppressed"], pc.equal(table["measure"], "people")).to_pylist().index(True)
    values = [1 if place == hidden else value for place, value in enumerate(table["numerator"].to_pylist())]
    pq.write_table(table.set_column(table.column_names.index("numerator"), "numerator", pa.array(values, pa.int64())), path)


def leak_tokens(project: Path) -> None:
    """Give a team the analysts' pseudonyms under its own tag."""
    out = night_of(project) / "out"
    tokens = pq.read_table(out / "csu" / "person.parquet", partitioning=None)["pseudonym"].to_pylist()
    path = out / "castle" / "caseload.parquet"
    team = pq.read_table(path, partitioning=None)
    stolen = [tokens[place].replace("csu1-", "castle1-") for place in range(team.num_rows)]
    pq.write_table(team.set_column(team.column_names.index("pseudonym"), "pseudonym", pa.array(stolen)), path)


def limit(project: Path, name: str, share: float) -> None:
    """Change one limit of the example's [attack]."""
    path = project / "caselink.toml"
    text, changed = re.subn(rf"(?m)^{name} = .*$", f"{name} = {share}", path.read_text())
    assert changed == 1
    path.write_text(text)


WEAKNESSES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a plain hash": (leak_a_plain_hash, "E-ATTACK-BRUTE: 1 NHS numbers were found"),
    "a small count": (leak_a_count, "E-ATTACK-SOLVED: "),
    "equal tokens": (leak_tokens, "E-ATTACK-TOKENS: pseudonyms or row orders of csu and castle"),
    "lists that fit the analysts' tables": (
        lambda area: limit(area, "shared_share", 0.05),
        "E-ATTACK-JOIN: castle and csu: rows that fit one row of the other's by every shared column",
    ),
    "unique people": (lambda area: limit(area, "analysts_unique_share", 0.01), "E-ATTACK-UNIQUE: csu, person"),
}


@pytest.mark.parametrize("weakness", WEAKNESSES)
def test_a_weakness_is_found_and_named_without_a_value(published: Path, weakness: str) -> None:
    spoil, message = WEAKNESSES[weakness]
    spoil(published)
    done = attack(published, "--json")
    assert done.returncode == 4, done.stdout + done.stderr
    assert message in done.stderr
    assert some_number(published) not in done.stdout + done.stderr


def test_a_night_over_a_limit_is_not_published(published: Path) -> None:
    """The cheap parts run before every publication: last night's lists stay."""
    served = (published / "CURRENT").read_text()
    limit(published, "analysts_unique_share", 0.01)
    done = caselink("run", "--direct", "--quiet", "--as-at", "2026-10-01", "--project", str(published))
    assert done.returncode == 4, done.stderr
    assert "E-ATTACK-UNIQUE: csu, person: rows alone with what is known: 3" in done.stderr
    assert (published / "CURRENT").read_text() == served


def test_every_attack_leaves_a_line_in_the_audit_log(published: Path) -> None:
    lines = [json.loads(caselink("governance", "audit", "verify", "--json", "--project", str(published)).stdout)["lines"]]
    assert attack(published, "--quiet").returncode == 0
    lines.append(json.loads(caselink("governance", "audit", "verify", "--json", "--project", str(published)).stdout)["lines"])
    assert lines[1] == lines[0] + 1
