"""`caselink init` and `caselink synth`: a project folder, and a fictional area to fill its inbox."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

from governance.checkpoints import signing_key
from governance.keys import RootKey
from pipelines.console import Console
from pipelines.example_answerable import example_organisations
from pipelines.example_bases import ACCESS, BASES_TO_WRITE, OPT_OUTS, OPT_OUTS_TO_WRITE, example_bases, example_retention
from pipelines.fields import FIELDS_FILE, widest_list
from pipelines.project import Project
from pipelines.settings.audit import AuditSettings
from schemas.errors import ConfigurationError

EXAMPLE_AS_AT = dt.date(2026, 9, 30)
PEOPLE_PER_PROFESSIONAL = 60  # policy caseloads are 50 to 80

HEAD = """\
# A Caselink project. Every key is described in docs/reference/configuration.md; an unknown key is an error.

[area]
name = "{name}"
synthetic = {synthetic}
"""

DETAILS = """
[night]
{as_at}
[feeds]
expected = [{expected}]

[tiers]                       # shares of each locality's people that a tier has room for
case_management = 0.02
care_navigation = 0.05
supported_self_management = 0.15

[keys]
file = "secrets/root.key"
check_value = "{check_value}"

[analysts]
id = "csu"
{analysts}
{opt_outs}[disclosure]
policy = "nhse-hes"           # see docs/reference/disclosure.md
evidence = "{disclosure_evidence}"

{attack}{teams}{bases}{audit}# [hook]                      # told the outcome of each night as JSON on standard input
# command = ["/usr/local/bin/tell-operations"]
"""

# The example's limits of the intruder test: they stop nothing, and say so. A real project decides its own.
ATTACK = """\
[attack]                      # what an intruder may find out; 1.0 is reported and stops nothing
analysts_unique_share = 1.0
teams_unique_share = 1.0
joined_share = 1.0
shared_share = 1.0
evidence = "made-up people; row-level tables are personal data under an agreement with each recipient, and released to nobody"

"""

NO_DATE = "# as_at = 2026-09-30        # without it, a night is of today\n"

# What a project without an example has instead of teams: how one is written.
TEAM_TO_WRITE = """\
# Without a team nobody can be proposed to anybody. A team serves a locality of inbox/lookups/practices.csv.
# [[team]]
# id = "north"                # names the folder of its lists, and its pseudonyms
# name = "North team"
# locality = "North"

# [[professional]]
# id = "north-ap1"            # no personal data
# team = "north"
# role = "accountable professional"   # or "coordinator"
# capacity = 60
# practices = ["A99001"]      # none: every practice of the locality

"""

# What a project of real people needs beside: no night of theirs runs with every checkpoint in its own folder.
WITNESS_TO_WRITE = """\
# A place outside this folder for the audit log's checkpoints: no night runs without. See docs/reference/audit.md.
# [audit]
# checkpoints = ["audit-checkpoints.jsonl", "/mnt/witness/our-area.jsonl"]
# silent_hours = 36           # where another machine calls `caselink governance audit verify` every day

"""

TEAM = """
[[team]]
id = "{id}"
name = "{name}"
locality = "{locality}"
"""

PROFESSIONAL = """
[[professional]]
id = "{id}"
team = "{team}"
role = "{role}"
capacity = {capacity}
practices = [{practices}]
{skills}"""

# Of the example: who needs what, somebody away with a colleague to cover, and a virtual ward of the first team.
ALLOCATION = """
[[need]]                      # dementia needs a professional who knows it; see docs/reference/configuration.md
id = "dementia"
column = "dementia"
skill = "dementia"
"""

ABSENCE = """
[[professional.absence]]      # somebody else of the team covers, and hers come back
from_date = 2026-09-14
to_date = 2026-10-11
"""

WARD = """
[[ward]]                      # a real one needs hospital feeds of every day; the example's are weeks old
id = "{team}-ward"
team = "{team}"
beds = 10
step_up_days = 60
step_down_days = 60
"""


def make_project(folder: Path, console: Console, *, example: bool, people: int, seed: int) -> dict[str, Any]:
    """Make a project in `folder` (which must not be one already) and say where it is."""
    from governance.keys import key_check_value

    if (folder / "caselink.toml").exists():
        raise ConfigurationError("E-INIT-EXISTS", "that folder is a project already.", cure="choose another folder")
    folder.mkdir(parents=True, exist_ok=True)
    project = Project(folder.resolve())
    project.make_folders()
    (project.root / ".gitignore").write_text("*\n")  # nothing of a project belongs into version control
    key = _key(project.secrets / "root.key")
    signing_key(project.root / AuditSettings().signing_key)
    (project.root / FIELDS_FILE).write_text(widest_list(), encoding="utf-8")
    if example:
        write_synthetic(project.root, console, people=people, seed=seed, night=0, as_at=EXAMPLE_AS_AT)
    project.configuration.write_text(_configuration(project, key_check_value(key), people=people, example=example))
    first = (
        ""
        if example
        else "Write its purposes, legal bases, opt-out limit and a witness into caselink.toml (docs/how-to/legal-bases.md). "
    )
    console.say(f"Project made in {folder}. {first}Next: caselink run --project {folder}")
    return {"project": str(project.root), "example": example, "people": people if example else 0}


def _key(path: Path) -> RootKey:
    """A new key, or the one that an `init` which was cut short left."""
    from governance.keys import FileKey, create_root_key

    return FileKey(path).root() if path.exists() else create_root_key(path)


def write_synthetic(out: Path, console: Console, *, people: int, seed: int, night: int, as_at: dt.date | None) -> dict[str, Any]:
    """Write a fictional area into `out`/inbox and its truth into `out`/truth."""
    from dataclasses import asdict

    from synthetic_data.area import AreaSettings, write_area

    settings = AreaSettings(people=people, seed=seed, as_at=as_at or EXAMPLE_AS_AT, night=night)
    with console.progress(f"Making {people:,} fictional people") as progress:
        summary = write_area(settings, out / "inbox", out / "truth")
        progress(1, 1)
    return asdict(summary)


def _configuration(project: Project, check_value: str, *, people: int, example: bool) -> str:
    from schemas.identifiable import SOURCES

    expected = ", ".join(f'"{source}"' for source in (SOURCES if example else ("register",)))
    text = HEAD.format(name="A made-up care area" if example else "Our area", synthetic=str(example).lower())
    as_at = f"as_at = {EXAMPLE_AS_AT.isoformat()}         # remove it, and a night is of today\n" if example else NO_DATE
    text += DETAILS.format(
        as_at=as_at,
        expected=expected,
        check_value=check_value,
        teams="" if example else TEAM_TO_WRITE,
        bases="" if example else BASES_TO_WRITE,
        audit="" if example else WITNESS_TO_WRITE,
        opt_outs=OPT_OUTS if example else OPT_OUTS_TO_WRITE,
        disclosure_evidence="made-up people: any policy would do" if example else "",
        attack=ATTACK if example else "",
        analysts='name = "Example analysts"\n' if example else '# name = "who they are, as the papers say it"\n',
    )
    text += example_bases() + example_organisations() + example_retention() + ACCESS if example else ""
    localities = _localities(project, people)
    text += "".join(_team(*locality, away=number == 0) for number, locality in enumerate(localities))
    return text + (ALLOCATION + WARD.format(team=_slug(localities[0][0])) if example and localities else "")


def _localities(project: Project, people: int) -> list[tuple[str, list[str], int]]:
    """Each locality of the practice look-up, its practices, and the number of professionals its share of people needs."""
    path = project.inbox / "lookups" / "practices.csv"
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    wanted = people * 0.02 / PEOPLE_PER_PROFESSIONAL
    found = []
    for locality in sorted({row["locality"] for row in rows}):
        practices = sorted(row["gp_practice_code"] for row in rows if row["locality"] == locality)
        found.append((locality, practices, max(1, round(wanted * len(practices) / len(rows)))))
    return found


def _slug(locality: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in locality.lower()).strip("-")


def _team(locality: str, practices: list[str], professionals: int, *, away: bool) -> str:
    """A team's entries; every second professional knows dementia; with `away` the last of several is on leave."""
    slug = _slug(locality)
    text = TEAM.format(id=slug, name=f"{locality} team", locality=locality)
    for number in range(professionals):
        own = ", ".join(f'"{practice}"' for practice in practices[number::professionals] or practices)
        text += PROFESSIONAL.format(
            id=f"{slug}-ap{number + 1}",
            team=slug,
            role="accountable professional",
            capacity=PEOPLE_PER_PROFESSIONAL,
            practices=own,
            skills='skills = ["dementia"]\n' if number % 2 == 0 else "",
        )
        if away and number and number == professionals - 1:
            text += ABSENCE
    for number in range(max(1, professionals // 2)):
        text += PROFESSIONAL.format(
            id=f"{slug}-cc{number + 1}",
            team=slug,
            role="coordinator",
            capacity=4 * PEOPLE_PER_PROFESSIONAL,
            practices="",
            skills="",
        )
    return text
