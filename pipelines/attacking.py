"""The intruder test of a night: its cheap parts before every publication, all of it as `caselink governance attack`."""

from __future__ import annotations

import itertools
import json
from collections.abc import Container
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from caseload.lists import CONTACTS, GENDERS
from governance.attack.joining import Joined, join_by_tokens
from governance.attack.uniqueness import Uniqueness, uniquely_joined, uniqueness
from governance.keys import Domain, DomainKey
from governance.policies import Policy
from governance.pseudonyms import pseudonyms
from pipelines.config import Configuration
from pipelines.disclosing import exact_figures
from pipelines.keys import root_key
from pipelines.night import Night, Outcome, Progress
from pipelines.project import Project
from pipelines.published_totals import TEAM
from pipelines.recipients import analysts_domain, team_domain
from pipelines.settings.attack import Attack
from pipelines.shelf import Shelf
from schemas.errors import GovernanceError
from schemas.zones import Zone

ATTACK_FILE = "attack.json"
PSEUDONYM = "pseudonym"
ANALYSTS, TEAMS = "analysts", "team"
KNOWN, SHARED = "what is known", "every shared column"
DIGITS = 2  # of a share
MOST = 0.5  # of a recipient's rows; our own choice


class Recipient(NamedTuple):
    """Who receives row-level tables: her id, kind, domain of pseudonyms, and her tables by name as they lie."""

    id: str
    kind: str
    domain: Domain
    tables: dict[str, pa.Table]


class FitsOne(NamedTuple):
    """The share of one recipient's rows (`rows` in all) that fit exactly one row of another's, by these columns."""

    one: str
    other: str
    by: str
    columns: tuple[str, ...]
    share: float
    rows: int


@dataclass(frozen=True)
class Release:
    """What the parts of the attack that need no search found in a night's outputs."""

    uniqueness: list[Uniqueness] = field(default_factory=list)
    tokens: list[Joined] = field(default_factory=list)
    joined: list[FitsOne] = field(default_factory=list)

    def as_dict(self, policy: Policy, untold: Container[str] = ()) -> dict[str, Any]:
        """For `attack.json` and `--json`, under the disclosure policy: no share from which a small count follows, no rows.

        `untold` are recipients of whom the night withholds how many rows they get: none of their shares is said.
        """

        def share(of: str, exact: float, rows: int) -> float | None:
            return None if of in untold else shown_share(exact, rows, policy)

        return {
            "uniqueness": [
                {
                    "recipient": each.recipient,
                    "table": each.table,
                    "columns": each.columns,
                    "k": each.k,
                    "unique_share": share(each.recipient, each.unique_share, each.rows),
                    "below_k_share": share(each.recipient, each.below_k_share, each.rows),
                }
                for each in self.uniqueness
            ],
            "tokens": [shown_tokens(each, policy) for each in self.tokens],
            "joined": [
                {"one": each.one, "other": each.other, "by": each.by, "columns": each.columns,
                 "share": share(each.one, each.share, each.rows)}
                for each in self.joined
            ],
        }  # fmt: skip


def shown_share(share: float, rows: int, policy: Policy) -> float | None:
    """A share of rows, worked out again from both counts as they are shown; None where one of them is withheld."""
    above, below = policy.shown(round(share * rows)), policy.shown(rows)
    if above is None or below is None:
        return None
    return round(above / below, DIGITS) if below else 0.0


def shown_tokens(found: Joined, policy: Policy) -> dict[str, Any]:
    """What pseudonyms and orders have in common; of an order as many digits as say nothing of how many people are in both."""
    return {
        **asdict(found),
        "equal_tokens": policy.shown(found.equal_tokens),
        "people_in_both": policy.shown(found.people_in_both),
        "order": None if found.order is None else round(found.order, DIGITS),
        "is_joinable": found.is_joinable,
    }


def untold_recipients(vault: Shelf) -> frozenset[str]:
    """Teams of which the night withholds how many people are proposed to them."""
    return frozenset(key.category for key, found in exact_figures(vault).items() if key.measure == TEAM and found.shown is None)


def gate(night: Night, progress: Progress) -> Outcome:
    """Attack the night's outputs before they are published; `attack.json` beside them says what was found.

    Raises `GovernanceError` `E-ATTACK-*` where a limit is passed: nothing is published.
    """
    progress(0, 1)
    found = attack_release(night.project, night.configuration, night.shelf.folder, night.vault_shelf)
    shown = found.as_dict(night.configuration.disclosure.chosen(), untold_recipients(night.vault_shelf))
    text = json.dumps(shown, indent=1, sort_keys=True)
    (night.shelf.folder / ATTACK_FILE).write_text(text + "\n", encoding="utf-8")
    check_limits(found, night.configuration)
    return Outcome(warnings=tuple(undecided(found, night.configuration.attack)))


def attack_release(project: Project, configuration: Configuration, folder: Path, vault: Shelf) -> Release:
    """Uniqueness in each recipient's tables, and every two recipients' files together."""
    limits, recipients = configuration.attack, recipients_of(configuration, folder)
    alone = [_alone(each, name, table, limits) for each in recipients for name, table in wide_tables(each).items()]
    ids = vault.get(Zone.IDENTIFIABLE, "link")["person_id"].combine_chunks().unique()
    root = root_key(project, configuration)
    known = {each.id: pseudonyms(ids, DomainKey(root, each.domain)).to_pylist() for each in recipients}
    release = Release(uniqueness=[each for each in alone if each.columns])
    for one, other in itertools.combinations(recipients, 2):
        same = dict(zip(known[one.id], known[other.id], strict=True))
        release.tokens.append(join_by_tokens(one.id, other.id, _tokens(one), _tokens(other), same))
        release.joined.extend(_fits(one, other, limits))
        release.joined.extend(_fits(other, one, limits))
    return release


def recipients_of(configuration: Configuration, folder: Path) -> list[Recipient]:
    """Every recipient of row-level tables in a night's folder, the analysts first."""
    named = [(configuration.analysts.id, ANALYSTS, analysts_domain(configuration))]
    named += [(team.id, TEAMS, team_domain(configuration, team.id)) for team in configuration.team]
    return [Recipient(name, kind, domain, _tables(folder / "out" / name)) for name, kind, domain in named]


def _tables(folder: Path) -> dict[str, pa.Table]:
    """Tables with a pseudonym; activity has a folder of its own and no quasi-identifier of the person."""
    tables = {path.stem: pq.read_table(path, partitioning=None) for path in sorted(folder.glob("*.parquet"))}
    return {name: in_one_language(table) for name, table in tables.items() if PSEUDONYM in table.column_names}


def in_one_language(table: pa.Table) -> pa.Table:
    """The table with gender in codes, and contacts under the name of the feature that a list takes them from.

    A list says the one in words and gives the others names of its own, which keeps no intruder from joining by them.
    """
    table = table.rename_columns([CONTACTS.get(name, name) for name in table.column_names])
    if "gender" not in table.column_names:
        return table
    codes = {word: code for code, word in GENDERS.items()}
    values = [codes.get(value, value) for value in table["gender"].to_pylist()]
    return table.set_column(table.column_names.index("gender"), "gender", pa.array(values, pa.string()))


def wide_tables(recipient: Recipient) -> dict[str, pa.Table]:
    """The recipient's tables, and those with one row per person side by side: she has them all, and one pseudonym joins them."""
    single = [t for t in recipient.tables.values() if len(t[PSEUDONYM].unique()) == t.num_rows]
    if len(single) < 2:
        return recipient.tables
    together = single[0]
    for table in single[1:]:
        fresh = [name for name in table.column_names if name == PSEUDONYM or name not in together.column_names]
        together = together.join(table.select(fresh), PSEUDONYM, join_type="left outer")
    return {**recipient.tables, "all tables": together}


def _alone(recipient: Recipient, name: str, table: pa.Table, limits: Attack) -> Uniqueness:
    return uniqueness(table, limits.quasi_identifiers, recipient=recipient.id, name=name, below=limits.small_class)


def _tokens(recipient: Recipient) -> list[str]:
    """Pseudonyms in the order in which the recipient's first table of people lies."""
    tables = recipient.tables
    name = next((each for each in ("person", "caseload") if each in tables), None)
    return tables[name][PSEUDONYM].to_pylist() if name else []


def _fits(one: Recipient, other: Recipient, limits: Attack) -> list[FitsOne]:
    """By what an intruder may know, and by everything that both tables say: the widest of each recipient's tables."""
    ours, theirs = (list(wide_tables(each).values())[-1:] for each in (one, other))
    if not ours or not theirs:
        return []
    shared = [name for name in ours[0].column_names if name != PSEUDONYM and name in theirs[0].column_names]
    found = []
    for by, columns in ((KNOWN, limits.quasi_identifiers), (SHARED, tuple(shared))):
        used, share = uniquely_joined(ours[0], theirs[0], columns)
        found.append(FitsOne(one.id, other.id, by, used, share, ours[0].num_rows))
    return found


def check_limits(found: Release, configuration: Configuration) -> None:
    """Refuse a release that is over a limit of the configuration.

    Raises `GovernanceError` `E-ATTACK-TOKENS` (pseudonyms or row orders of two join their files), `-UNIQUE` or `-JOIN`.
    """
    limits = configuration.attack
    tokens = [each for each in found.tokens if each.is_joinable]
    if tokens:
        raise GovernanceError(
            "E-ATTACK-TOKENS",
            f"pseudonyms or row orders of {tokens[0].one} and {tokens[0].other} join their files ({len(tokens)} pairs in all).",
            cure="give each recipient a domain and an order of her own",
        )
    policy = configuration.disclosure.chosen()
    for each in found.uniqueness:
        limit = limits.analysts_unique_share if each.recipient == configuration.analysts.id else limits.teams_unique_share
        if limit is not None and each.unique_share > limit:
            said = _said(shown_share(each.unique_share, each.rows, policy), limit)
            _refuse("E-ATTACK-UNIQUE", f"{each.recipient}, {each.table}: rows alone with what is known: {said}")
    for pair in found.joined:
        limit = limits.joined_share if pair.by == KNOWN else limits.shared_share
        if limit is not None and pair.share > limit:
            said = _said(shown_share(pair.share, pair.rows, policy), limit)
            _refuse("E-ATTACK-JOIN", f"{pair.one} and {pair.other}: rows that fit one row of the other's by {pair.by}: {said}")


def _said(shown: float | None, limit: float) -> str:
    return f"above {limit:.1%}." if shown is None else f"{shown:.1%}, above {limit:.1%}."


def _refuse(code: str, message: str) -> None:
    raise GovernanceError(code, message, cure="send coarser columns, or have [attack] decided anew")


def undecided(found: Release, limits: Attack) -> list[str]:
    """A warning for each pair whose files nobody has decided on, though most rows of one fit one row of the other's."""
    if limits.shared_share is not None:
        return []
    return [
        f"most rows of {pair.one} fit one row of {pair.other}'s by all that both say; [attack] shared_share has no limit."
        for pair in found.joined
        if pair.by == SHARED and pair.share > MOST
    ]


def manifest_figures(folder: Path) -> list[dict[str, Any]]:
    """The uniqueness of each recipient's tables as it stands in the manifest: k, and the share of unique rows."""
    path = folder / ATTACK_FILE
    found = json.loads(path.read_text()) if path.is_file() else {"uniqueness": []}
    names = ("recipient", "table", "k", "unique_share")
    return [{name: each[name] for name in names} for each in found["uniqueness"]]
