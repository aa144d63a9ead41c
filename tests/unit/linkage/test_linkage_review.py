"""The clerk's queue and the sample: what is in them, what is not, and what can be told from the judged part."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import recordlinkage

from linkage import Encoded, Linked, LinkSettings
from linkage.findings import NEAR_MISS
from linkage.quality.accuracy import estimate_accuracy
from linkage.quality.subgroups import subgroups
from linkage.review.annotation import UNKNOWN_LABEL, read_annotations, write_annotations
from linkage.review.judgements import PAIR
from linkage.review.queue import SHOWN_FIELDS, Night, first_reviews, second_reviews, side_by_side
from linkage.review.sample import draw_sample, judged_sample
from schemas.errors import ConfigurationError
from schemas.identifiable import Conflict, Judgement, Match, PersonRecord, RegisterMerger, ReviewPair, ReviewSample
from tests.judgement_rows import judged

PEOPLE = 60
SETTINGS = LinkSettings(accept_weight=8.0, review_weight=0.0)
AS_AT = dt.date(2026, 4, 1)
DRAWN_FOR = "fixed-1 2026Q2"


def people() -> pa.Table:
    """Residents r0.. and GP records g0.. of the same people; r5 and g9 are protected, records over 40 have no names."""
    rows = []
    for number in range(PEOPLE):
        person = {
            "given_name": f"Given{number}", "family_name": f"Family{number}", "gender": "1",
            "date_of_birth": dt.date(1950, 1, 1) + dt.timedelta(days=97 * number),
        }  # fmt: skip
        rows.append({"source": "register", "local_patient_id": f"r{number}", "protected": number == 5, **person})
        names = {} if number > 40 else person
        rows.append({"source": "gp", "local_patient_id": f"g{number}", "protected": number == 9, **names})
    return pa.Table.from_pylist(rows, schema=PersonRecord.arrow_schema())


def decided() -> Linked:
    """g0 to g19 linked by cross-check, g20 to g29 by 9 bits, g30 to g49 in review, g50 to g59 missed by a bit."""
    matches, waiting, near = [], [], []
    for number in range(PEOPLE):
        record = {"source": "gp", "local_patient_id": f"g{number}", "model_version": "fixed-1"}
        pair = {**record, "register_id": f"r{number}", "step": "probabilistic", "match_weight": 1.0 if number < 50 else -1.0}
        matches.append({**record, "source": "register", "local_patient_id": f"r{number}", "register_id": f"r{number}",
                        "step": "register"})  # fmt: skip
        if number < 20:
            matches.append({**record, "register_id": f"r{number}", "step": "cross_check"})
        elif number < 30:
            matches.append({**record, "register_id": f"r{number}", "step": "probabilistic", "match_weight": 9.0})
        elif number < 50:
            matches.append({**record, "step": "review"})
            waiting.append({**pair, "reason": "twin" if number % 2 else "band"})
        else:
            matches.append({**record, "step": "unlinked"})
            near.append({**pair, "reason": NEAR_MISS})
    return Linked(
        matches=Match.validate(pa.Table.from_pylist(matches, schema=Match.arrow_schema())),
        review_pairs=ReviewPair.validate(pa.Table.from_pylist(waiting, schema=ReviewPair.arrow_schema())),
        near_misses=ReviewPair.validate(pa.Table.from_pylist(near, schema=ReviewPair.arrow_schema())),
        conflicts=Conflict.empty(),
        waterfall=pa.table({}),
        notes={},
        basis="",
        encoded=Encoded({}, {}),
    )


def drawn(per_stratum: int = 4, seed: str = DRAWN_FOR, linked: Linked | None = None) -> pa.Table:
    return draw_sample(people(), RegisterMerger.empty(), linked or decided(), SETTINGS, per_stratum=per_stratum, drawn_for=seed)


@pytest.fixture
def night() -> Night:
    linked = decided()
    return Night(people(), linked.matches, RegisterMerger.empty(), linked.review_pairs, drawn())


def pairs_of(table: pa.Table) -> list[tuple[str, ...]]:
    return list(zip(*(table[name].to_pylist() for name in PAIR), strict=True))


def test_strata_sizes_and_weights() -> None:
    sample = drawn()
    found = {
        (row["stratum"], row["stratum_size"], row["sampling_weight"])
        for row in sample.select(["stratum", "stratum_size", "sampling_weight"]).to_pylist()
    }
    assert found == {
        ("link: cross_check, with names", 18, 4.5),  # 20, but two are protected
        ("link: up to 2 bits, with names", 10, 2.5),
        ("review: band", 10, 2.5),
        ("review: twin", 10, 2.5),
        ("non-link: up to 2 bits", 10, 2.5),
    }
    assert sample.num_rows == 20
    assert pc.sum(sample["sampling_weight"]).as_py() == pytest.approx(58)


def test_bands_and_names_part_the_strata() -> None:
    linked = decided()
    weights = pc.if_else(pc.equal(linked.matches["step"], "probabilistic"), 25.5, linked.matches["match_weight"])
    steps = pc.if_else(pc.equal(linked.matches["step"], "review"), "probabilistic", linked.matches["step"])
    ids = pc.coalesce(linked.matches["register_id"], pc.replace_substring(linked.matches["local_patient_id"], "g", "r"))
    names = linked.matches.column_names
    matches = pa.table({
        **{name: linked.matches[name] for name in names}, "match_weight": weights, "step": steps, "register_id": ids,
    })  # fmt: skip
    strata = set(drawn(linked=replace(linked, matches=Match.validate(matches)))["stratum"].to_pylist())
    assert {"link: over 16 bits, with names", "link: up to 2 bits, without names"} <= strata


def test_the_sample_depends_on_pairs_and_seed_and_not_on_the_order_of_rows() -> None:
    linked = decided()
    turned = replace(
        linked,
        matches=linked.matches.take(list(range(linked.matches.num_rows))[::-1]),
        near_misses=linked.near_misses.take(list(range(10))[::-1]),
    )
    assert drawn(linked=turned).equals(drawn())
    assert set(pairs_of(drawn(seed="fixed-1 2026Q3"))) != set(pairs_of(drawn()))
    assert drawn(per_stratum=0).num_rows == 0
    assert set(pairs_of(drawn(per_stratum=2))) < set(pairs_of(drawn(per_stratum=3)))


def test_first_reviews_hold_what_waits_and_the_sample_once_each(night: Night) -> None:
    queue = first_reviews(night, Judgement.empty())
    assert queue.column_names == [*PAIR, "model_version"]
    assert set(pairs_of(queue)) == set(pairs_of(night.review_pairs)) | set(pairs_of(night.sample))
    assert len(pairs_of(queue)) == len(set(pairs_of(queue))) == 20 + 12
    twins = {row["local_patient_id"] for row in night.review_pairs.to_pylist() if row["reason"] == "twin"}
    assert {pair[1] for pair in pairs_of(queue)[:10]} == twins
    sampled = [pair in set(pairs_of(night.sample)) - set(pairs_of(night.review_pairs)) for pair in pairs_of(queue)[10:]]
    assert 0 < sum(sampled[:11]) < 11, "sampled pairs lie among those of the band"


def test_the_queue_does_not_depend_on_the_order_of_rows(night: Night) -> None:
    turned = Night(*(table.take(np.arange(table.num_rows)[::-1].copy()) for table in night))
    assert first_reviews(turned, Judgement.empty()).equals(first_reviews(night, Judgement.empty()))


def test_judged_pairs_are_not_asked_again(night: Night) -> None:
    said = judged("gp g30 r30 unsure ann", "gp g31 r31 link ann")
    left = set(pairs_of(first_reviews(night, said)))
    assert left == set(pairs_of(first_reviews(night, Judgement.empty()))) - {("gp", "g30", "r30"), ("gp", "g31", "r31")}


def test_protected_and_absent_people_are_never_shown(night: Night) -> None:
    pairs = (("g30", "r5"), ("g9", "r30"), ("g5", "r31"), ("g99", "r1"), ("g1", "r99"))
    row = {"source": "gp", "step": "probabilistic", "reason": "band", "model_version": "fixed-1"}
    hidden = [{**row, "local_patient_id": record, "register_id": resident} for record, resident in pairs]
    waiting = pa.concat_tables([night.review_pairs, pa.Table.from_pylist(hidden, schema=ReviewPair.arrow_schema())])
    queue = first_reviews(night._replace(review_pairs=waiting), Judgement.empty())
    assert set(pairs_of(queue)) == set(pairs_of(first_reviews(night, Judgement.empty())))
    said = judged("gp g30 r5 unsure ann", "gp g9 r30 unsure ann", "gp g99 r1 unsure ann", "gp g32 r32 unsure ann")
    assert pairs_of(second_reviews(night, said, "bob", 1.0)) == [("gp", "g32", "r32")]


def test_second_reviews_are_somebody_elses(night: Night) -> None:
    said = judged(*(f"gp g{number} r{number} link ann" for number in range(10, 40)))
    everything = second_reviews(night, said, "bob", 1.0)
    assert len(pairs_of(everything)) == 30
    assert second_reviews(night, said, "ann", 1.0).num_rows == 0
    assert second_reviews(night, said, "bob", 0.0).num_rows == 0
    some = pairs_of(second_reviews(night, said, "bob", 0.4))
    assert 3 < len(some) < 25
    assert set(some) < set(pairs_of(everything))
    again = judged(
        *(f"gp g{number} r{number} link ann" for number in range(10, 40)), *(" ".join([*pair, "link", "bob"]) for pair in some)
    )
    assert second_reviews(night, again, "cat", 0.4).num_rows == 0


@pytest.mark.parametrize("words", [["unsure ann"], ["link ann", "non-link bob"], ["unsure ann", "unsure bob"]])
def test_what_clerks_cannot_settle_goes_to_the_next(night: Night, words: list[str]) -> None:
    said = judged(*(f"gp g30 r30 {word}" for word in words))
    queue = second_reviews(night, said, "cat", 0.0)
    assert pairs_of(queue) == [("gp", "g30", "r30")]
    assert queue["model_version"].to_pylist() == ["fixed-1"]


def test_side_by_side_shows_two_records_and_no_opinion(night: Night) -> None:
    queue = first_reviews(night, Judgement.empty())
    sides = side_by_side(queue, night.records)
    assert sides.pairs.column_names == [*PAIR, "model_version", "reference"]
    assert sides.left.column_names == sides.right.column_names == list(SHOWN_FIELDS)
    place = pairs_of(queue).index(("gp", "g35", "r35"))
    assert (sides.left["given_name"][place].as_py(), sides.right["date_of_birth"][place].as_py()) == ("Given35", "1959-04-19")
    references = sides.pairs["reference"].to_pylist()
    assert len(set(references)) == len(references)
    assert all(reference.startswith("p") and len(reference) == 25 for reference in references)
    other = side_by_side(queue.take([place]), night.records)
    assert other.pairs["reference"].to_pylist() == [references[place]]


def test_judged_pairs_stand_for_their_stratum(night: Night) -> None:
    sample = night.sample
    twins = [
        pair for pair, stratum in zip(pairs_of(sample), sample["stratum"].to_pylist(), strict=True) if stratum == "review: twin"
    ]
    words = ["link", "non-link", "unsure"]
    found = judged_sample(sample, judged(*(" ".join([*pair, word, "ann"]) for pair, word in zip(twins, words, strict=False))))
    assert found["decision"].to_pylist() == ["link", "non-link"]
    assert found["sampling_weight"].to_pylist() == [5.0, 5.0]
    assert judged_sample(sample, Judgement.empty()).num_rows == 0


def truth(number: int) -> bool:
    """Two in nine links are false, and every other pair that was not linked is a match."""
    return number % 9 > 1 if number < 30 else number % 2 == 0


def estimates(sample: pa.Table) -> dict[str, float]:
    said = judged(*(f"{' '.join(pair)} {'link' if truth(int(pair[1][1:])) else 'non-link'} ann" for pair in pairs_of(sample)))
    records = people()
    rows = estimate_accuracy(judged_sample(sample, said), subgroups(records, AS_AT), AS_AT).to_pylist()
    return {row["measure"]: row["rate"] for row in rows if row["breakdown"] == "all"}


def test_everything_judged_gives_recordlinkages_precision_and_recall() -> None:
    census = drawn(per_stratum=100)
    pairs = [pair[1:] for pair in pairs_of(census)]
    index = pd.MultiIndex.from_tuples
    made = index([pair for pair, kind in zip(pairs, census["kind"].to_pylist(), strict=True) if kind == "link"])
    true = index([pair for pair in pairs if truth(int(pair[0][1:]))])
    found = estimates(census)
    assert found["estimated_precision"] == pytest.approx(recordlinkage.precision(true, made))
    assert found["estimated_recall"] == pytest.approx(recordlinkage.recall(true, made))


def test_samples_are_right_on_average() -> None:
    whole = estimates(drawn(per_stratum=100))
    told = [estimates(drawn(per_stratum=5, seed=f"seed {number}")) for number in range(40)]
    for measure in ("estimated_precision", "estimated_recall"):
        rates = [each[measure] for each in told]
        assert np.mean(rates) == pytest.approx(whole[measure], abs=3 * np.std(rates) / np.sqrt(40) + 0.01)
        assert np.std(rates) > 0


def test_an_annotation_file_goes_out_and_comes_back(night: Night, tmp_path: Path) -> None:
    path = tmp_path / "pairs.json"
    sides = side_by_side(first_reviews(night, Judgement.empty()).slice(0, 4), night.records)
    write_annotations(path, sides)
    content = json.loads(path.read_text())
    references = sides.pairs["reference"].to_pylist()
    for pair, label in zip(content["pairs"], (1, 0, None, 7), strict=True):
        pair["label"] = label
    path.write_text(json.dumps(content))
    found = read_annotations(path)
    assert [each.decision for each in found] == ["link", "non-link", "", UNKNOWN_LABEL]
    assert [each.reference for each in found] == references
    package = recordlinkage.read_annotation_file(path)
    assert list(package.links) == [(references[0], references[0])]
    assert list(package.distinct) == [(references[1], references[1])]
    shown = {field["a"]["name"]: (field["a"]["value"], field["b"]["value"]) for field in content["pairs"][0]["fields"]}
    assert list(shown) == list(SHOWN_FIELDS)
    assert "g3" not in path.read_text(), "no local id"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"pairs": [], "versions": 1}', '{"pairs": [{}], "version": 1}', "[" * 100_000, "\udcff"]
)
def test_what_is_no_annotation_file_is_refused_without_its_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "SMITH.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigurationError, match=r"^E-REVIEW-FILE") as refusal:
        read_annotations(path)
    assert refusal.value.__context__ is None
    assert "SMITH" not in str(refusal.value)


def test_nobody_and_nothing() -> None:
    nothing = Night(PersonRecord.empty(), Match.empty(), RegisterMerger.empty(), ReviewPair.empty(), ReviewSample.empty())
    assert first_reviews(nothing, Judgement.empty()).num_rows == 0
    assert second_reviews(nothing, judged("gp p1 r1 unsure ann"), "bob", 1.0).num_rows == 0
    assert side_by_side(first_reviews(nothing, Judgement.empty()), PersonRecord.empty()).left.num_rows == 0
