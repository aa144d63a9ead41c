"""The pages' settings: who may sign in and as what, what a demonstration has, and that none of it changes a night."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from caseload.desk.posts import Post
from governance.access.roles import ROLES
from pipelines.config import load_configuration
from pipelines.project import Project
from pipelines.web_runs import waterfall
from pipelines.web_serving import end_sessions, open_sessions, run_server, web_settings
from pipelines.web_users import ListedUsers, demo_users
from schemas.errors import CaselinkError, ConfigurationError

AREA = """
[area]
name = "Somewhere"
synthetic = true
[[team]]
id = "north"
name = "North team"
locality = "North"
[[professional]]
id = "ap1"
team = "north"
capacity = 60
practices = ["A99001", "A99002", "A99003"]
[[professional]]
id = "cc1"
team = "north"
role = "coordinator"
capacity = 60
"""
USER = """
[[user]]
account = "Sub-1"
name = "A coordinator"
post = [{role = "care coordinator", team = "north", professional = "cc1"}, {role = "analyst"}]
"""
SIGN_IN = """
[web]
origin = "https://caselink.example"
issuer = "https://sign-in.example"
client_id = "caselink"
client_secret_file = "secrets/sign-in"
"""


def project_of(folder: Path, text: str) -> Project:
    (folder / "caselink.toml").write_text(text)
    project = Project.at(folder)
    project.make_folders()
    folder.chmod(0o700)
    return project


def test_users_come_from_the_file_and_as_it_is_now(tmp_path: Path) -> None:
    project = project_of(tmp_path, AREA + USER)
    users = ListedUsers(project)
    posts = (Post("care coordinator", "north", professional="cc1"), Post("analyst"))
    assert {name: (each.posts, each.name) for name, each in users().items()} == {"sub-1": (posts, "A coordinator")}
    before = users()["sub-1"].standing
    (tmp_path / "caselink.toml").write_text(AREA + USER.replace(', {role = "analyst"}', ""))
    assert users()["sub-1"].posts == posts[:1]
    assert users()["sub-1"].standing != before
    (tmp_path / "caselink.toml").write_text("[area\n")  # a file that cannot be read changes nobody
    assert users()["sub-1"].posts == posts[:1]
    (tmp_path / "caselink.toml").write_text(AREA)
    assert users() == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (USER + USER.replace("Sub-1", "sub-1 "), "declared twice"),
        (USER.replace('"north"', '"south"'), "a team that is not declared"),
        (USER.replace('"cc1"', '"cc9"'), "a professional that is not declared"),
        (USER.replace("care coordinator", "administrator"), "there is no such role"),
        (USER.replace(', team = "north"', ""), "works in a team"),
        (USER.replace("care coordinator", "gp practice user"), "has a practice"),
        (SIGN_IN.replace('client_id = "caselink"', ""), "go together"),
        (SIGN_IN + 'client_secret_credential = "x"', "not in both"),
        (SIGN_IN.replace("https://caselink.example", "https://caselink.example/path"), "web.origin"),
        ("[web]\nidle_minutes = 0", "web.idle_minutes"),
    ],
)
def test_a_wrong_setting_says_where(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        load_configuration(project_of(tmp_path, AREA + text))


def test_who_signs_in_and_how_changes_no_night(tmp_path: Path) -> None:
    plain = load_configuration(project_of(tmp_path, AREA)).digest()
    assert load_configuration(project_of(tmp_path, AREA + USER + SIGN_IN)).digest() == plain


def test_a_demonstration_has_a_user_for_every_role_and_each_is_an_account_of_her_own(tmp_path: Path) -> None:
    made = demo_users(load_configuration(project_of(tmp_path, AREA)))()
    assert {post.role for each in made.values() for post in each.posts} == {role.name for role in ROLES}
    assert all(name == each.account and len(each.posts) == 1 for name, each in made.items())
    practices = [post.practice for each in made.values() for post in each.posts if post.practice]
    assert practices == ["A99001", "A99002"]
    assert sum(post.role == "clerical reviewer" for each in made.values() for post in each.posts) == 2  # the second judges again


def test_the_settings_of_the_pages_are_what_the_file_says(tmp_path: Path) -> None:
    project = project_of(tmp_path, AREA + USER + SIGN_IN + 'agreement_file = "agreement.txt"\nidle_minutes = 5\n')
    secret = tmp_path / "secrets" / "sign-in"
    (tmp_path / "agreement.txt").write_text("First.\n\n  Second.\n")
    with pytest.raises(ConfigurationError, match="E-SERVE-SECRET"):
        web_settings(project, load_configuration(project))
    secret.write_text("made-up secret\n")
    secret.chmod(0o644)
    with pytest.raises(CaselinkError, match="E-SERVE-MODE"):
        web_settings(project, load_configuration(project))
    secret.chmod(0o600)
    made = web_settings(project, load_configuration(project))
    assert made.oidc is not None
    assert (made.oidc.client_secret, made.oidc.redirect) == ("made-up secret", "https://caselink.example/sign-in/done")
    assert made.agreement_text.paragraphs == ("First.", "Second.")
    assert (made.idle, made.demo_token, made.host) == (dt.timedelta(minutes=5), "", "caselink.example")
    (tmp_path / "agreement.txt").unlink()
    with pytest.raises(ConfigurationError, match="E-SERVE-AGREEMENT"):
        web_settings(project, load_configuration(project))


def test_a_secret_may_come_as_a_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = SIGN_IN.replace("client_secret_file", "client_secret_credential").replace("secrets/sign-in", "sign-in")
    project = project_of(tmp_path, AREA + text)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ConfigurationError, match="E-SERVE-SECRET"):
        web_settings(project, load_configuration(project))
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "sign-in").write_text("made-up secret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", os.fspath(folder))
    made = web_settings(project, load_configuration(project)).oidc
    assert made is not None
    assert made.client_secret == "made-up secret"


def test_a_demonstration_is_served_on_this_machine_alone(tmp_path: Path) -> None:
    from pipelines.console import Console

    with pytest.raises(ConfigurationError, match="E-SERVE-HOST"):
        run_server(project_of(tmp_path, AREA), Console(False, True), demo=True, listen=("0.0.0.0", 8000))  # noqa: S104


def test_sessions_are_listed_and_ended_from_the_command_line(tmp_path: Path) -> None:
    from caseload.web.sessions import Sessions
    from pipelines.publish import store_url

    project = project_of(tmp_path, AREA + USER)
    user = ListedUsers(project)()["sub-1"]
    now = dt.datetime.now(dt.UTC)
    hour = dt.timedelta(hours=1)
    store = store_url(project, "state/application.db")
    Sessions(store, idle=hour, absolute=hour, clock=lambda: now).begin(user, user.posts[0].key)
    (row,) = open_sessions(project)
    assert (row["account"], row["post"]) == ("sub-1", "care coordinator north  cc1")
    assert [end_sessions(project, each) for each in ("sub-2", "SUB-1")] == [0, 1]
    assert open_sessions(project) == []


def test_a_demonstration_is_held_on_the_morning_after_the_night_served(tmp_path: Path) -> None:
    from pipelines.publish import publications
    from pipelines.web_demo import demo_clock

    project = project_of(tmp_path, AREA)
    configuration = load_configuration(project)
    assert demo_clock(project, configuration)() - dt.datetime.now(dt.UTC) < dt.timedelta(minutes=1)
    publications(project, configuration.stores.application).publish(
        "0" * 16, as_at=dt.date(2026, 9, 30), manifest_sha256="0" * 64
    )
    passed = [100.0]
    clock = demo_clock(project, configuration, timer=lambda: passed[0])
    passed[0] += 61
    assert clock() == dt.datetime(2026, 10, 1, 8, 1, 1, tzinfo=dt.UTC)  # nine in London, in summer time
    assert web_settings(project, configuration).visits is None
    visits = web_settings(project, configuration, demo_token="x", port=1).visits
    assert visits is not None
    assert visits().date() == dt.date(2026, 10, 1)


def test_the_waterfall_has_a_row_for_each_step_and_a_column_for_each_source() -> None:
    rows = [
        {"source": "gp", "step": "cross_check", "records": 10},
        {"source": "cld", "step": "cross_check", "records": "*"},
        {"source": "gp", "step": "unlinked", "records": 0},
    ]
    assert waterfall(rows) == [
        {"step": "cross_check", "gp": 10, "cld": "*"},
        {"step": "unlinked", "gp": 0, "cld": None},
    ]
