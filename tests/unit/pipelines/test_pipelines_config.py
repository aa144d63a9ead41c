"""caselink.toml: right files load, wrong ones say where in one line and never repeat a value."""

import datetime as dt
import re
from pathlib import Path

import pytest

from pipelines.config import MAX_AGE_DAYS, load_configuration
from pipelines.project import Project
from pipelines.settings.models import ModelSettings
from schemas.errors import ConfigurationError
from schemas.identifiable import SOURCES
from stratify.segments import PRECEDENCE

RIGHT = """
[area]
name = "Somewhere"
[[team]]
id = "north"
name = "North team"
locality = "North"
[[professional]]
id = "ap1"
team = "north"
capacity = 60
"""


def project_with(folder: Path, text: str) -> Project:
    (folder / "caselink.toml").write_text(text)
    return Project.at(folder)


def test_a_right_file_loads_with_documented_defaults(tmp_path: Path) -> None:
    loaded = load_configuration(project_with(tmp_path, RIGHT))
    assert (loaded.team[0].id, loaded.professional[0].capacity) == ("north", 60)
    assert loaded.area.synthetic is False
    assert loaded.tiers.case_management == 0.02
    assert loaded.night.as_at is None
    assert loaded.feeds.expected == ("register",)


def test_every_source_has_an_age_limit_and_a_project_may_change_it(tmp_path: Path) -> None:
    assert set(MAX_AGE_DAYS) == set(SOURCES)
    loaded = load_configuration(project_with(tmp_path, RIGHT + "[feeds.max_age_days]\ncld = 100\n"))
    assert (loaded.feeds.limit("cld"), loaded.feeds.limit("gp")) == (100, MAX_AGE_DAYS["gp"])


def test_what_a_controller_declares_of_the_models_crosses_to_the_step_that_writes_cards(tmp_path: Path) -> None:
    loaded = load_configuration(project_with(tmp_path, RIGHT + '[models.card]\nfunding = "The board"\n')).models
    assert loaded.card.model_dump(exclude_none=True) == {"funding": "The board"}
    assert ModelSettings(**loaded.model_dump()) == loaded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[aera]\nname = "x"', "unknown key aera; the nearest right key is area"),
        ('[area]\nname = "x"\nsynthetc = true', "unknown key area.synthetc; the nearest right key is synthetic"),
        (RIGHT + "capacty = 3", "the nearest right key is capacity"),
        (RIGHT + '[models.card]\nfundng = "y"', "unknown key models.card.fundng; the nearest right key is funding"),
        (RIGHT + '[models.card]\nfunding = " "', "models.card.funding: String should match"),
        (RIGHT + '[models.card]\nfunding = "two\\nlines"', "models.card.funding: String should match"),
        ('[area]\nname = "x"\n[night]\nthread = 2', "unknown key night.thread; the nearest right key is threads"),
        ("[area]\nname = ", "not valid TOML"),
        ('[area]\nname = "x"\n[tiers]\ncase_management = 7', "tiers.case_management"),
        ("", "area: Field required"),
        (RIGHT.replace('team = "north"', 'team = "south"'), "a team that is not declared"),
        (RIGHT + RIGHT[RIGHT.index("[[professional]]") :], "must each be different"),
        (RIGHT + '[analysts]\nid = "north"', "recipients may not share pseudonyms"),
        (RIGHT + '[segments]\nprecedence = ["healthy"]', "names each of the eight segments once"),
    ],
)
def test_a_wrong_file_is_one_line_that_names_the_place(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(project_with(tmp_path, text))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    assert caught.value.__context__ is None


PURPOSE = """
[[purpose]]
id = "{id}"
description = "x"
owner = "x"
flow = "section 251"
signed_off = "CG/1"
signed_off_on = 2026-04-01
review_by = 2027-03-31
"""
BOTH = RIGHT + PURPOSE.format(id="risk-stratification") + PURPOSE.format(id="case-management")
BASIS = """
[[basis]]
source = "gp"
purpose = "case-management"
controller = "Jo Hill"
reference = "x"
evidence = "x"
tables = ["gp_patient"]
valid_from = 2026-04-01
valid_to = 2027-03-31
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            BOTH[::-1].replace('"1/GC" = ffo_dengis\n', "", 1)[::-1],
            "[[purpose]] number 2 (case-management): signed_off: Field required.",
        ),
        (BOTH + 'ownr = "x"\n', "[[purpose]] number 2 (case-management): unknown key ownr; the nearest right key is owner."),
        (RIGHT + BASIS, '[[basis]] number 1 (gp, case-management): Value error, of GP data type_1 must say "removed at source"'),
        (RIGHT + BASIS.replace('"gp"', '"Jo Hill"'), "[[basis]] number 1 (case-management): source: "),
        (RIGHT.replace("capacity = 60", 'capacity = "Jo Hill"'), "[[professional]] number 1 (ap1): capacity: "),
        (RIGHT.replace('id = "north"', 'id = "Jo Hill"'), "[[team]] number 1: id: "),
        ("team = [3]\n" + RIGHT[: RIGHT.index("[[team]]")], "[[team]] number 1: "),
    ],
)
def test_an_entry_of_several_is_counted_from_one_and_named(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(project_with(tmp_path, text))
    assert f"caselink.toml: {expected}" in str(caught.value)
    assert "Hill" not in str(caught.value)


def test_an_error_never_repeats_the_value(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(project_with(tmp_path, '[area]\nname = "x"\n[night]\nthreads = "943 476 5919"'))
    assert "943" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('"Margaret Quillfeather 943 476 5919" = 1\n[area]\nname = "x"', "unknown key (key 1 of 2); the nearest"),
        ('[area]\nname = "x"\nMargaret = 1', "unknown key area.(key 2 of 2); the nearest right key is name"),
        ('[area]\nname = "x"\n"9434765919" = 1', "unknown key area.(key 2 of 2); the nearest"),
        ('[area]\nname = "x"\nm9434765919 = 1', "unknown key area.(key 2 of 2); the nearest"),
        (
            '[[team]]\nid = "n"\nname = "N"\nlocality = "N"\n[[team]]\nMargaret = 1\nid = "m"',
            "[[team]] number 2 (m): unknown key (key 1 of 2);",
        ),
        ('[area]\nname = "x"\n[feeds.max_age_days]\ngp = 3\n"Margaret 9434765919" = 2', "feeds.max_age_days.(key 2 of 2).[key]:"),
    ],
)
def test_what_is_written_like_no_key_is_named_by_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(project_with(tmp_path, text))
    assert place in str(caught.value)
    assert not any(said in str(caught.value) for said in ("Margaret", "Quill", "943"))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "caselink.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load_configuration(Project.at(tmp_path))


def test_no_project_is_an_error_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="caselink init"):
        Project.at(tmp_path)


ORGANISATION = """
[[organisation]]
name = "Trust"
role = "controller"
contact = "1 Street"
"""
OF_ECDS = BASIS.replace('"gp"', '"ecds"').replace('"gp_patient"', '"ecds"')


def test_the_digest_follows_results_and_not_places(tmp_path: Path) -> None:
    base = load_configuration(project_with(tmp_path, RIGHT)).digest()
    assert load_configuration(project_with(tmp_path, RIGHT + '[hook]\ncommand = ["true"]')).digest() == base
    assert load_configuration(project_with(tmp_path, RIGHT + "[tiers]\ncase_management = 0.03")).digest() != base
    other = '", "'.join(("disability", *(name for name in PRECEDENCE if name != "disability")))
    ordered = load_configuration(project_with(tmp_path, RIGHT + f'[segments]\nprecedence = ["{other}"]'))
    assert ordered.segments.precedence[0] == "disability"
    assert ordered.digest() != base
    for papers in (ORGANISATION, '[transfers_abroad]\nstatement = "None"\nreference = "X/1"', '[analysts]\nname = "Us"'):
        assert load_configuration(project_with(tmp_path, RIGHT + papers)).digest() == base
    known = load_configuration(project_with(tmp_path, RIGHT + OF_ECDS)).digest()
    assert known != base
    assert load_configuration(project_with(tmp_path, RIGHT + OF_ECDS + 'article_6 = "6(1)(e)"')).digest() == known


@pytest.mark.parametrize(("text", "said"), [
    (ORGANISATION + ORGANISATION, "an organisation is declared twice"),
    (ORGANISATION.replace("controller", "friend"), r"\[\[organisation\]\] number 1: role: "),
    ('[transfers_abroad]\nstatement = "None"', "statement and reference belong together"),
])  # fmt: skip
def test_who_answers_for_the_data_is_checked(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as refusal:
        load_configuration(project_with(tmp_path, RIGHT + text))
    assert "friend" not in str(refusal.value)


def test_every_commented_entry_of_a_new_project_is_right(tmp_path: Path) -> None:
    from pipelines.console import Console
    from pipelines.example import make_project

    make_project(tmp_path / "area", Console(quiet=True), example=False, people=0, seed=1)
    text = (tmp_path / "area" / "caselink.toml").read_text()
    (tmp_path / "area" / "caselink.toml").write_text(re.sub(r"(?m)^# (?=\[|[a-z_0-9]+ = )", "", text))
    loaded = load_configuration(Project.at(tmp_path / "area"))
    assert [each.artefact for each in loaded.retention] == ["published night"]
    assert [(each.name, each.rule) for each in loaded.flag] == [("type 1 objection", "leave out")]
    assert {each.source: each.type_1 for each in loaded.basis}["gp"] == "flagged"
    assert loaded.opt_outs.most_opted_out == 0.2


def test_the_as_at_date_is_the_commands_then_the_files_then_todays(tmp_path: Path) -> None:
    from pipelines.running import choose_as_at

    day = dt.date(2026, 1, 2)
    plain = load_configuration(project_with(tmp_path, RIGHT))
    dated = load_configuration(project_with(tmp_path, RIGHT + "[night]\nas_at = 2026-03-04"))
    assert choose_as_at(dated, day) == day
    assert choose_as_at(dated, None) == dt.date(2026, 3, 4)
    assert abs((choose_as_at(plain, None) - dt.datetime.now(dt.UTC).date()).days) <= 1
