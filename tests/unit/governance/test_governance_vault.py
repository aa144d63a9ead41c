"""The vault, drawn: one line per record and night, and the person it stands for. Ids are numbered as they are born."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest

from governance.vault import Vault, random_person_id
from schemas.errors import GovernanceError
from schemas.identifiable import Link
from tests.governance_drawings import Nights, matches, mergers, name, nhs_number, numbered_ids

FIRST = """
    register 1   1   -
    register 2   2   -
    sus_apc  a   1   -
    gp       b   -   gp|b
    cld      c   -   gp|b
    ecds     d   -   -
"""


def refused(code: str) -> pytest.RaisesExc[GovernanceError]:
    return pytest.raises(GovernanceError, match=f"^{code}: ")


def test_first_night_gives_ids_in_key_order_the_register_first(nights: Nights) -> None:
    assert nights.night(FIRST) == {
        "register:1": "p1",
        "register:2": "p2",
        "sus_apc:a": "p1",
        "cld:c": "p3",
        "gp:b": "p3",
        "ecds:d": "p4",
    }
    assert nights.events() == set()


def test_links_carry_what_linkage_said(nights: Nights) -> None:
    drawn = matches(FIRST)
    links = nights.vault.assign_person_ids(drawn, mergers(), "n1")
    assert Link.validate(links).equals(links)
    for column in ("source", "local_patient_id", "step", "model_version"):
        assert links[column].to_pylist() == drawn[column].to_pylist()


def test_ids_are_the_same_every_night_whatever_the_order_of_rows(nights: Nights) -> None:
    first = nights.night(FIRST)
    lines = FIRST.strip().splitlines()
    for seed in range(3):
        random.Random(seed).shuffle(lines)
        assert nights.night("\n".join(lines)) == first
        assert nights.events() == set()


def test_a_later_night_writes_only_what_changed(nights: Nights) -> None:
    nights.night(FIRST)
    nights.night(FIRST + "    csds e 2 -\n")
    rows = nights.vault.crosswalk("n2")
    assert rows.filter(pa.compute.equal(rows["run"], 2))["local_patient_id"].to_pylist() == ["e"]
    assert rows.num_rows == 7


def test_a_record_that_stays_away_for_a_night_comes_back_to_its_person(nights: Nights) -> None:
    nights.night("gp a - gp|a \n gp b - gp|b")
    nights.night("gp b - gp|b")
    assert nights.night("gp a - gp|a \n gp b - gp|b") == {"gp:a": "p1", "gp:b": "p2"}


# --- unlinked records and clusters --------------------------------------------------------------------------------------


def test_an_unlinked_record_that_gets_linked_is_a_link_event(nights: Nights) -> None:
    nights.night("register 1 1 - \n gp a - gp|a")
    assert nights.night("register 1 1 - \n gp a 1 -") == {"register:1": "p1", "gp:a": "p1"}
    assert nights.events() == {"link gp:a p2>p1"}


def test_a_record_that_leaves_its_person_is_a_split_event(nights: Nights) -> None:
    nights.night("register 1 1 - \n gp a 1 -")
    assert nights.night("register 1 1 - \n gp a - gp|a") == {"register:1": "p1", "gp:a": "p2"}
    assert nights.events() == {"split gp:a p1>p2"}
    assert nights.night("register 1 1 - \n gp a - gp|a") == {"register:1": "p1", "gp:a": "p2"}
    assert nights.events() == set()


def test_a_record_that_goes_from_one_person_to_another_is_a_split_event(nights: Nights) -> None:
    nights.night("register 1 1 - \n register 2 2 - \n gp a 1 -")
    assert nights.night("register 1 1 - \n register 2 2 - \n gp a 2 -")["gp:a"] == "p2"
    assert nights.events() == {"split gp:a p1>p2"}


def test_two_own_people_that_become_one_cluster_keep_the_first_id(nights: Nights) -> None:
    nights.night("cld a - cld|a \n gp b - gp|b")
    assert nights.night("cld a - cld|a \n gp b - cld|a") == {"cld:a": "p1", "gp:b": "p1"}
    assert nights.events() == {"link gp:b p2>p1"}


def test_a_cluster_that_falls_apart_keeps_its_id_for_the_first(nights: Nights) -> None:
    nights.night("cld a - x \n gp b - x \n gp c - x")
    assert nights.night("cld a - cld|a \n gp b - y \n gp c - y") == {"cld:a": "p1", "gp:b": "p2", "gp:c": "p2"}
    assert nights.events() == {"split gp:b p1>p2", "split gp:c p1>p2"}


def test_a_cluster_takes_the_id_its_second_record_held(nights: Nights) -> None:
    nights.night("gp b - gp|b")
    assert nights.night("cld a - cld|a \n gp b - cld|a") == {"cld:a": "p1", "gp:b": "p1"}


def test_who_leaves_the_register_keeps_her_records_together(nights: Nights) -> None:
    nights.night("register 1 1 - \n gp a 1 - \n cld b 1 -")
    assert nights.night("gp a - gp|a \n cld b - cld|b") == {"gp:a": "p1", "cld:b": "p1"}
    assert nights.events() == set()
    assert nights.night("register 1 1 - \n gp a 1 - \n cld b 1 -") == {"register:1": "p1", "gp:a": "p1", "cld:b": "p1"}


def test_a_cluster_prefers_the_id_of_who_left_the_register(nights: Nights) -> None:
    nights.night("register 1 1 - \n cld a - cld|a \n gp b 1 -")
    assert nights.night("cld a - x \n gp b - x") == {"cld:a": "p1", "gp:b": "p1"}
    assert nights.events() == {"link cld:a p2>p1"}


# --- mergers ----------------------------------------------------------------------------------------------------------------


def test_a_superseded_number_brings_its_id(nights: Nights) -> None:
    nights.night("register 1 1 - \n gp a 1 -")
    assert nights.night("register 2 2 - \n gp a 2 -", "1 2") == {"register:2": "p1", "gp:a": "p1"}
    assert nights.events() == set()


def test_a_chain_of_mergers_brings_the_id_to_its_end(nights: Nights) -> None:
    nights.night("register 1 1 -")
    assert nights.night("register 3 3 -", "1 2 \n 2 3") == {"register:3": "p1"}


def test_two_people_the_register_joins_are_a_merge_event(nights: Nights) -> None:
    nights.night("register 1 1 - \n register 2 2 - \n gp a 1 - \n gp b 2 -")
    assert nights.night("register 2 2 - \n gp a 2 - \n gp b 2 -", "1 2") == {"register:2": "p2", "gp:a": "p2", "gp:b": "p2"}
    assert nights.events() == {"merge register:1 p1>p2", "merge gp:a p1>p2"}
    nights.night("register 2 2 - \n gp a 2 - \n gp b 2 -", "1 2")
    assert nights.events() == set()


def test_a_superseded_number_still_listed_is_the_same_person(nights: Nights) -> None:
    nights.night("register 1 1 - \n register 2 2 -")
    assert nights.night("register 1 2 - \n register 2 2 -", "1 2") == {"register:1": "p2", "register:2": "p2"}
    assert nights.events() == {"merge register:1 p1>p2"}


def test_linkage_may_refuse_a_merger(nights: Nights) -> None:
    nights.night("register 1 1 - \n register 2 2 -")
    assert nights.night("register 1 1 - \n register 2 2 -", "1 2") == {"register:1": "p1", "register:2": "p2"}


def test_a_merger_into_a_number_nobody_has_seen_changes_nothing(nights: Nights) -> None:
    nights.night("register 1 1 -")
    assert nights.night("register 1 - -", "1 9") == {"register:1": "p1"}
    assert nights.night("register 9 9 -", "1 9") == {"register:9": "p1"}


def test_an_unlinked_record_does_not_keep_an_id_merged_away(nights: Nights) -> None:
    nights.night("register 1 1 - \n register 2 2 - \n gp a 1 -")
    assert nights.night("register 2 2 - \n gp a - gp|a", "1 2") == {"register:2": "p2", "gp:a": "p3"}


def test_an_undone_merger_restores_two_people(nights: Nights) -> None:
    nights.night("register 1 1 - \n register 2 2 - \n gp a 1 -")
    nights.night("register 1 2 - \n register 2 2 - \n gp a 2 -", "1 2")
    apart = {"register:1": "p1", "register:2": "p2", "gp:a": "p1"}
    assert nights.night("register 1 1 - \n register 2 2 - \n gp a 1 -") == apart
    assert nights.events() == {"split register:1 p2>p1", "split gp:a p2>p1"}
    assert nights.night("register 1 1 - \n register 2 2 - \n gp a 1 -") == apart


def test_an_undone_merger_that_only_carried_an_id_leaves_it_with_the_first_number(nights: Nights) -> None:
    nights.night("register 2 2 -")
    nights.night("register 1 1 -", "2 1")
    assert nights.night("register 1 1 - \n register 2 2 -") == {"register:2": "p1", "register:1": "p2"}


def test_mergers_in_a_circle_join_nobody(nights: Nights) -> None:
    assert nights.night("register 1 - - \n register 2 - - \n register 3 3 -", "1 2 \n 2 1 \n 3 1") == {
        "register:1": "p1",
        "register:2": "p2",
        "register:3": "p3",
    }


def test_a_link_to_a_record_that_is_not_there_is_refused_without_its_number(nights: Nights) -> None:
    number = nhs_number(1)
    with refused("E-VAULT-REGISTER") as caught:
        nights.night(f"register 1 1 - \n gp a {number} -")
    assert number not in str(caught.value)
    assert nights.vault.pending() == []


# --- runs -----------------------------------------------------------------------------------------------------------------


def test_a_killed_night_that_runs_again_finds_its_own_ids(tmp_path: Path) -> None:
    killed = Vault(tmp_path / "vault.db").assign_person_ids(matches(FIRST), mergers(), "n1")
    resumed = Vault(tmp_path / "vault.db").assign_person_ids(matches(FIRST), mergers(), "n1")
    assert resumed.equals(killed)


def test_pending_rows_count_for_no_other_run(nights: Nights) -> None:
    nights.night("gp a - gp|a", publish=False)
    assert nights.night("gp a - gp|a", publish=False) == {"gp:a": "p2"}
    assert nights.vault.pending() == ["n1", "n2"]
    assert nights.vault.crosswalk("n1")["person_id"].to_pylist() != nights.vault.crosswalk("n2")["person_id"].to_pylist()


def test_a_night_overtaken_by_another_starts_again_and_cannot_be_confirmed(nights: Nights) -> None:
    nights.night("gp a - gp|a", publish=False)
    nights.night("gp a - gp|a")
    with refused("E-VAULT-OVERTAKEN"):
        nights.vault.confirm("n1")
    again = nights.vault.assign_person_ids(matches("gp a - gp|a"), mergers(), "n1")
    assert name(again["person_id"][0].as_py()) == "p2"
    nights.vault.confirm("n1")


def test_confirm_and_discard_may_be_done_again(nights: Nights) -> None:
    nights.night("gp a - gp|a", publish=False)
    nights.vault.discard("n1")
    nights.vault.discard("n1")
    assert nights.vault.crosswalk("n1").num_rows == 0
    nights.night("gp a - gp|a")
    nights.vault.confirm("n2")
    with refused("E-VAULT-CONFIRMED"):
        nights.vault.discard("n2")
    with refused("E-VAULT-RUN"):
        nights.vault.confirm("n9")


def test_a_published_night_left_pending_is_confirmed_later(nights: Nights) -> None:
    nights.night("gp a - gp|a", publish=False)
    nights.vault.confirm_published(["n0", "n1"])
    assert nights.vault.pending() == []
    nights.vault.confirm_published(["n0", "n1"])


def test_a_confirmed_night_reads_as_it_did_and_cannot_change(nights: Nights) -> None:
    first = nights.night("register 1 1 - \n gp a - gp|a")
    nights.night("register 1 1 - \n gp a 1 -")
    again = nights.vault.assign_person_ids(matches("register 1 1 - \n gp a - gp|a"), mergers(), "n1")
    assert [name(each) for each in again["person_id"].to_pylist()] == list(first.values())
    with refused("E-VAULT-CONFIRMED"):
        nights.vault.assign_person_ids(matches("gp z - gp|z"), mergers(), "n1")
    assert nights.vault.crosswalk("n1")["local_patient_id"].to_pylist() == ["a", "1"]


def test_a_failing_night_writes_nothing(nights: Nights) -> None:
    vault = Vault(nights.path, lambda: "not an id")
    with refused("E-VAULT-ID"):
        vault.assign_person_ids(matches(FIRST), mergers(), "n1")
    assert vault.pending() == []


def test_a_source_of_ids_that_starts_anew_gives_nobody_an_id_twice(nights: Nights) -> None:
    nights.night("gp a - gp|a \n gp b - gp|b")
    links = Vault(nights.path, numbered_ids()).assign_person_ids(matches("gp c - gp|c"), mergers(), "n2")
    assert name(links["person_id"][0].as_py()) == "p3"


def test_random_ids_are_of_their_form_and_differ() -> None:
    assert len({random_person_id() for _ in range(100)}) == 100
    assert len(random_person_id()) == 32


def test_the_vault_remembers_its_key_by_check_value(nights: Nights) -> None:
    nights.vault.check_key("0a1b2c3d")
    nights.vault.check_key("0a1b2c3d")
    nights.vault.check_key("ffffffff", epoch=2)
    with refused("E-KEY-WRONG"):
        nights.vault.check_key("ffffffff")


def test_nothing_to_assign(nights: Nights) -> None:
    assert nights.night("") == {}


def test_rows_of_a_night_leave_no_trace_when_discarded(nights: Nights) -> None:
    number = nhs_number(77)
    nights.night(f"register {number} {number} -", publish=False)
    nights.vault.discard("n1")
    with sqlite3.connect(nights.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert number.encode() not in nights.path.read_bytes()
