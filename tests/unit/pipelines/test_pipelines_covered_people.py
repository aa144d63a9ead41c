"""Analysts' people: nobody whom only an uncovered source knows, and no word of such a source about anybody else."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa

from governance.keys import DomainKey, create_root_key
from governance.pseudonymise import Lookups, pseudonymise_people
from governance.pseudonyms import pseudonyms
from pipelines.config import Configuration
from pipelines.covered_people import notes_of_cover, people_of_sources, rests_on_referrals, sources_read, tables_covered
from pipelines.night import Night
from pipelines.objections import OPTED_OUT, TABLE
from pipelines.project import Project
from pipelines.recipients import working_domain
from pipelines.referrals import TABLE as GIVEN
from schemas.identifiable import GivenReferral, Link, PersonRecord, RegisterMerger
from schemas.pseudonymised import Referral
from schemas.zones import Zone
from tests.permitted import permitted

AS_AT = dt.date(2026, 10, 31)
ANN, BEN, CAT, DAN = (letter * 32 for letter in "abcd")
EMPTY = Lookups(
    pa.table({"lsoa_code": ["E01000001"], "council": ["N"], "deprivation_decile": [2]}),
    pa.table({"gp_practice_code": ["A81001"], "locality": ["N"], "icb": ["Q"]}),
)

# source, key, person, step of the link, gender, ethnic category, practice, protected
RECORDS: tuple[tuple[Any, ...], ...] = (
    ("register", "r1", ANN, "register", None, "A", "A81001", False),
    ("gp", "g1", ANN, "probabilistic", "2", "B", "A81001", False),
    ("gp", "g2", BEN, "unlinked", "1", "A", "A81001", False),
    ("cld", "c3", CAT, "unlinked", "2", None, None, False),
    ("gp", "g3", CAT, "confirmed_number", "1", "C", "A81001", False),
    ("register", "r4", DAN, "register", "1", "A", "A81001", False),
    ("gp", "g4", DAN, "confirmed_number", "1", "A", "A81001", True),
)


def made(folder: Path) -> tuple[Night, pa.Table]:
    """A night with the drawn records in its vault, and its people."""
    configuration = Configuration.model_validate(permitted(area={"name": "x", "synthetic": True}))
    bases = tuple(each for each in configuration.basis if (each.source, each.purpose) != ("gp", "population-analysis"))
    configuration = configuration.model_copy(update={"basis": bases})
    night = Night(Project(folder), configuration, AS_AT, "0123456789abcdef", None)
    root = create_root_key(folder / configuration.keys.file)
    names = ("source", "local_patient_id", "person_id", "step", "gender", "ethnic_category", "gp_practice_code", "protected")
    rows = [dict(zip(names, row, strict=True)) for row in RECORDS]
    people = [{name: row.get(name) for name in PersonRecord.columns()} for row in rows]
    records = pa.Table.from_pylist(people, schema=PersonRecord.arrow_schema())
    links = Link.conform(pa.Table.from_pylist([{**row, "model_version": "1"} for row in rows]))
    shelf = night.vault_shelf
    shelf.put(PersonRecord, "person_record", records)
    shelf.put(Link, "link", links)
    shelf.put(RegisterMerger, "register_merger", RegisterMerger.empty())
    shelf.put_arrow(Zone.IDENTIFIABLE, TABLE, pa.table([[], []], schema=OPTED_OUT))
    key = DomainKey(root, working_domain(configuration))
    every = pseudonymise_people(records, links, EMPTY, domain_key=key, excluded=pa.array([], pa.string()), as_at=AS_AT)
    return night, every.append_column("person_id", _ids(every, key))


def _ids(table: pa.Table, key: DomainKey) -> pa.Array:
    ids = [ANN, BEN, CAT, DAN]
    person = dict(zip(pseudonyms(pa.array(ids), key).to_pylist(), ids, strict=True))
    return pa.array([person[each] for each in table["pseudonym"].to_pylist()])


def test_people_and_their_columns_are_of_covered_sources_alone(tmp_path: Path) -> None:
    night, people = made(tmp_path)
    person = dict(zip(people["pseudonym"].to_pylist(), people["person_id"].to_pylist(), strict=True))
    assert set(person.values()) == {ANN, BEN, CAT}, "a protected identity never passes"
    found = people_of_sources(night, people.drop_columns(["person_id"]), frozenset(("register", "cld")))
    rows = {person[row["pseudonym"]]: row for row in found.to_pylist()}
    assert rows.keys() == {ANN, CAT}, "only gp knows Ben; that gp protects Dan holds here too"
    words = ("gender", "ethnic_category", "gp_practice_code", "link_quality")
    assert [rows[ANN][name] for name in words] == [None, "A", "A81001", "number"]
    assert [rows[CAT][name] for name in words] == ["2", None, None, "unlinked"]


def test_with_every_source_they_are_the_nights_own(tmp_path: Path) -> None:
    night, people = made(tmp_path)
    assert sources_read(night) == {"register", "gp", "cld"}
    wanted = ["pseudonym", "gender", "ethnic_category", "gp_practice_code", "link_quality"]
    assert people_of_sources(night, people.drop_columns(["person_id"]), sources_read(night)).select(wanted) == people.select(
        wanted
    )


def test_the_handover_names_the_sources_that_analysts_get_nothing_of(tmp_path: Path) -> None:
    night, _ = made(tmp_path)
    (note,) = notes_of_cover(night)
    assert note.startswith("gp is not covered for population-analysis")


def test_who_is_selected_rests_on_referrals_and_scores_do_not(tmp_path: Path) -> None:
    """Without a basis of referrals for them the analysts get neither selection nor proposals, once anybody was referred."""
    night, people = made(tmp_path)
    tables = {name: pa.table({}) for name in ("person", "score", "selection", "proposal")}
    read = sources_read(night)
    said = {"decision": "refer", "referral_date": AS_AT, "reason": "frailty"}
    for rows, without in (([], set(tables)), ([{"pseudonym": people["pseudonym"][0].as_py(), **said}], {"person", "score"})):
        night.shelf.put(Referral, "referral", pa.Table.from_pylist(rows, schema=Referral.arrow_schema()))
        assert rests_on_referrals(night.shelf.folder) == bool(rows)
        assert set(tables_covered(night, tables, read)) == without
        assert set(tables_covered(night, tables, read | {"referrals"})) == set(tables)
    assert tables_covered(night, tables, frozenset({"referrals"})) == {}


def test_the_handover_says_that_referrals_are_not_for_the_analysts(tmp_path: Path) -> None:
    night, _ = made(tmp_path)
    bases = tuple(
        each for each in night.configuration.basis if (each.source, each.purpose) != ("referrals", "population-analysis")
    )
    night = dataclasses.replace(night, configuration=night.configuration.model_copy(update={"basis": bases}))
    before = notes_of_cover(night)
    row = {
        "file": "f" * 64,
        "line": 2,
        "nhs_number": "9000000017",
        "referral_date": AS_AT,
        "decision": "refer",
        "reason": "frailty",
    }
    night.vault_shelf.put(GivenReferral, GIVEN, pa.Table.from_pylist([row], schema=GivenReferral.arrow_schema()))
    assert set(notes_of_cover(night)) - set(before) == {
        "referrals are not covered for population-analysis: the analysts do not get who is selected and proposed."
    }
