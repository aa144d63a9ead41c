"""The opt-out lists of `inbox/opt_outs`, what each is of and how old; and whom they keep out of which of the night's uses."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from governance.opt_out_rules import LOCAL, NATIONAL, OPT_OUTS, RISK_STRATIFICATION, TYPE_1, left_out, opt_outs_that_apply
from governance.opt_outs import opted_out_people, read_opt_outs
from pipelines.config import Configuration
from pipelines.extracts.delivered import period_of
from pipelines.night import Night, Receipt
from pipelines.plan import check_planned
from pipelines.publish import publications
from pipelines.shelf import Shelf, digest
from schemas.errors import GovernanceError
from schemas.identifiable import Link, PersonRecord, RegisterMerger
from schemas.table import Rows
from schemas.zones import Zone

TABLE = "opted_out"
WITHHELD_FROM_ANALYSTS = "withheld_from_analysts"  # a figure of the step where the national list is too old
NO_LIST = "there is no national opt-out list whose name says when it was checked"
LISTED = "there is a list: "  # before a kind, a figure of the step: the next night asks after it
NATIONAL_LIST_AGE = "national_list_age_days"  # another: the list's age on the night's date; missing where nothing says
OPTED_OUT = pa.schema([("opt_out", pa.string()), ("person_id", pa.string())])

# What a list's name begins with, folded; one that begins otherwise counts as a list of every kind.
KINDS = {"national": NATIONAL, "type1": TYPE_1, "riskstratification": RISK_STRATIFICATION, "local": LOCAL}


@dataclass(frozen=True)
class OptOutList:
    """One list: its file, the opt-outs it is of, and the day it was checked on, from its name; None where the name holds none."""

    path: Path
    opt_outs: tuple[str, ...]
    checked_on: dt.date | None

    @property
    def is_national(self) -> bool:
        """Whether its name says so. One that counts as every kind was checked against nothing, whatever day its name holds."""
        return self.opt_outs == (NATIONAL,)

    def is_of_the_future(self, as_at: dt.date) -> bool:
        """Whether it is a national list of a day after `as_at`: it is neither read nor does it make anything fresh."""
        return self.is_national and self.checked_on is not None and self.checked_on > as_at


def opt_out_lists(night: Night) -> list[OptOutList]:
    """The lists, each of which must be one; in doubt nobody's objection is passed over.

    Raises `GovernanceError` `E-OPTOUT-STRANGE` for a file that is no `.csv`, and `E-OPTOUT-GONE` where the night before had
    lists of a kind and this one has none, unless `opt_outs.ended` says who decided that.
    """
    folder = night.project.inbox / "opt_outs"
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    strange = [path for path in files if path.suffix.lower() != ".csv"]
    if strange:
        raise GovernanceError(
            "E-OPTOUT-STRANGE",
            f"inbox/opt_outs holds {len(strange)} files that are no .csv list.",
            cure="take them out, or save them as .csv",
        )
    check_planned(night, (digest(path) for path in files))
    lists = [list_of(path) for path in files]
    _check_none_gone(night, in_force(lists, night.as_at))
    return lists


def list_of(path: Path) -> OptOutList:
    """What a file is, by its name: `national_2026-09-28.csv`. Of a month the first day counts: it may have been checked then."""
    folded = re.sub("[^a-z0-9]", "", path.stem.lower())
    kinds = tuple(kind for start, kind in KINDS.items() if folded.startswith(start))
    period = period_of(path.name)
    return OptOutList(path, kinds or OPT_OUTS, period.start if period else None)


def _check_none_gone(night: Night, lists: Iterable[OptOutList]) -> None:
    """Refuse a night without a list of a kind that the night before had: who stood on it would be let in, and nobody said so."""
    there = kinds_named(lists) | night.configuration.opt_outs.ended.keys()
    covered = {kind for each in lists if each.opt_outs == OPT_OUTS for kind in OPT_OUTS}
    held_then, named_then = _kinds_before(night)
    gone = [kind for kind in OPT_OUTS if kind in (named_then | (held_then - covered)) - there]
    if gone:
        raise GovernanceError(
            "E-OPTOUT-GONE",
            f"the last night had an opt-out list of each of these kinds, this one has none: {', '.join(gone)}.",
            cure="put it back into inbox/opt_outs, or write into opt_outs.ended who decided that it ended",
        )


def kinds_named(lists: Iterable[OptOutList]) -> frozenset[str]:
    """The kinds of which there is a list that says so in its name."""
    return frozenset(each.opt_outs[0] for each in lists if len(each.opt_outs) == 1)


def _kinds_before(night: Night) -> tuple[frozenset[str], frozenset[str]]:
    """Kinds by which the night before kept anybody out, and those of which it had a list under their own name.

    The night served counts too: a second run of one date has a parent of an earlier one.
    """
    served = publications(night.project, night.configuration.stores.application).current()
    held, named = set[str](), set[str]()
    for run_id in {night.parent, served.run_id if served else None} - {None}:
        shelf = Shelf(night.project.vault_night(str(run_id)), str(run_id), identifiable=True)
        if shelf.path(Zone.IDENTIFIABLE, TABLE).is_file():
            held |= set(shelf.get(Zone.IDENTIFIABLE, TABLE)["opt_out"].to_pylist())
        receipt = Receipt.read(night.project, str(run_id), "opt_outs")
        named |= {kind for kind in OPT_OUTS if receipt and LISTED + kind in receipt.outcome.figures}
    return frozenset(held), frozenset(named)


def opted_out_rows(
    night: Night, lists: Iterable[OptOutList], records: Rows[PersonRecord], links: Rows[Link], mergers: Rows[RegisterMerger]
) -> tuple[pa.Table, list[str]]:
    """OPTED_OUT rows, one for each person and opt-out, and notes. Of several national lists the latest one speaks."""
    found: set[tuple[str, str]] = set()
    notes = []
    for each in in_force(lists, night.as_at):
        listed = read_opt_outs(each.path, synthetic=night.configuration.area.synthetic, name=_shown(each))
        ids = opted_out_people(records, links, listed, mergers=mergers).to_pylist()
        found.update((opt_out, person_id) for opt_out in each.opt_outs for person_id in ids)
        if listed.unusable:
            notes.append(f"{_shown(each)}: {listed.unusable} rows hold no usable NHS number and opt nobody out.")
        if each.opt_outs == OPT_OUTS:
            notes.append(f"{_shown(each)} says in its name no kind of opt-out; it counts as one of every kind.")
    rows = sorted(found)
    return pa.table([[row[0] for row in rows], [row[1] for row in rows]], schema=OPTED_OUT), notes


def _shown(each: OptOutList) -> str:
    """The list as it may be named: a file may be called after a person."""
    kind = each.opt_outs[0] if len(each.opt_outs) == 1 else "opt-out"
    return f"the {kind} list{f' of {each.checked_on.isoformat()}' if each.checked_on else ''}"


def in_force(lists: Iterable[OptOutList], as_at: dt.date) -> list[OptOutList]:
    """Every list but the national ones of the future, and those that a later one replaces: the status is only looked up."""
    every = [each for each in lists if not each.is_of_the_future(as_at)]
    latest = max((each.checked_on for each in every if each.is_national and each.checked_on), default=None)
    return [each for each in every if not each.is_national or each.checked_on in (None, latest)]


def not_in_force_yet(lists: Iterable[OptOutList], as_at: dt.date) -> list[str]:
    """A warning for each list of the future."""
    late = [each for each in lists if each.is_of_the_future(as_at)]
    return [f"{_shown(each)} is of a day after {as_at.isoformat()}; it is not read. Is its name right?" for each in late]


def people_left_out(night: Night, purpose: str) -> frozenset[str]:
    """Person ids that opt-outs keep out of one of the night's uses, whole; a Type 1 objection keeps out GP records only."""
    people = {opt_out: ids for opt_out, ids in _by_opt_out(night).items() if opt_out != TYPE_1}
    return left_out(people, purpose, flow_of(night.configuration, purpose), set_aside(night, purpose))


def gp_records_left_out(night: Night, purpose: str) -> frozenset[str]:
    """Person ids whose GP records a Type 1 objection keeps out of a use; their other records stay."""
    stopping = opt_outs_that_apply(purpose, flow_of(night.configuration, purpose))
    return _by_opt_out(night).get(TYPE_1, frozenset()) if TYPE_1 in stopping else frozenset()


def _by_opt_out(night: Night) -> Mapping[str, frozenset[str]]:
    rows = night.vault_shelf.get(Zone.IDENTIFIABLE, TABLE)
    return {opt_out: frozenset(rows.filter(pc.equal(rows["opt_out"], opt_out))["person_id"].to_pylist()) for opt_out in OPT_OUTS}


def flow_of(configuration: Configuration, purpose: str) -> str:
    """The flow a purpose declares."""
    return str(next(each.flow for each in configuration.purpose if each.id == purpose))


def set_aside(night: Night, purpose: str) -> tuple[str, ...]:
    """The national opt-out, where on each of the night's days every basis for the purpose has an approval that sets it aside."""
    bases = [each for each in night.configuration.basis if each.purpose == purpose]
    holding = [[each.opt_outs_set_aside for each in bases if each.holds(day)] for day in night.days]
    return (NATIONAL,) if all(each and all(each) for each in holding) else ()


def stale_opt_outs(night: Night, lists: Iterable[OptOutList], purpose: str) -> str:
    """Why the national list is too old for this use on one of the night's days; empty where it is not, or does not apply."""
    every = tuple(lists)
    stale = too_old(night, [national_list_age(every, day) for day in night.days], purpose)
    return _no_check(every, night.as_at) if stale == NO_LIST else stale


def too_old(night: Night, ages: Sequence[int | None], purpose: str) -> str:
    """`stale_opt_outs` for a national list of these ages in days, one for each of the night's days; None where nothing says."""
    if NATIONAL not in opt_outs_that_apply(purpose, flow_of(night.configuration, purpose), set_aside(night, purpose)):
        return ""
    known = [age for age in ages if age is not None]
    limit = night.configuration.opt_outs.max_age_days
    if limit is None:
        return "opt_outs.max_age_days does not say how old the national opt-out list may be"
    if len(known) < len(ages):
        return NO_LIST
    return f"the national opt-out list is {max(known)} days old, more than {limit}" if max(known) > limit else ""


def _no_check(lists: Iterable[OptOutList], as_at: dt.date) -> str:
    """Why no national list tells when the check was last made before the night's date."""
    national = [each for each in lists if each.is_national]
    later = [each.checked_on for each in national if each.is_of_the_future(as_at) and each.checked_on]
    if later:
        days = f"on {min(later).isoformat()}, after the night's date {as_at.isoformat()}"
        return f"the national opt-out list that is there was checked {days}, and is not read for it"
    return "the name of the national opt-out list does not say when it was checked" if national else NO_LIST


def check_national_list(night: Night, lists: Iterable[OptOutList], purpose: str) -> list[str]:
    """What to warn of where a purpose goes on without a fresh national list, by a decision; empty where it needs none or has one.

    Raises `GovernanceError` `E-OPTOUT-STALE` where nobody decided so: then nobody is scored or selected for it.
    """
    stale = stale_opt_outs(night, lists, purpose)
    if not stale:
        return []
    declared = next(each for each in night.configuration.purpose if each.id == purpose)
    if declared.without_national_check is None:
        raise GovernanceError(
            "E-OPTOUT-STALE",
            f'{stale}. Nobody may be selected for {purpose} under "{declared.flow}" without one; the lists served now stay.',
            cure="`caselink governance opt-outs request` and `receive`, with opt_outs.max_age_days agreed; "
            "docs/how-to/legal-bases.md says how, before a first night too, and who may decide to go on without",
        )
    return [f"{stale}. {purpose} goes on without one, by {declared.without_national_check}."]


def national_list_age(lists: Iterable[OptOutList], as_at: dt.date) -> int | None:
    """Days from the newest national check up to `as_at`; None where no national list's name says when it was checked."""
    days = [each.checked_on for each in in_force(lists, as_at) if each.is_national and each.checked_on]
    return (as_at - max(days)).days if days else None
