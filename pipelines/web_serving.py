"""`caselink serve`: the pages of one project, put together and served; sessions listed and ended."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from pathlib import Path
from typing import Any

from caseload.web.agreement_text import SHIPPED, AgreementText
from caseload.web.app import create_app
from caseload.web.front import WebSettings
from caseload.web.oidc import OidcSettings
from caseload.web.sessions import Sessions
from governance.access.accounts import account
from governance.access.agreement import Agreements
from governance.access.tables import access_store
from governance.private_files import check_private
from pipelines.auditing import audit_log, operator_act
from pipelines.config import Configuration, load_configuration
from pipelines.console import Console
from pipelines.project import Project
from pipelines.publish import store_url
from pipelines.serving import services_of
from pipelines.web_demo import demo_clock
from pipelines.web_runs import PublishedRuns
from pipelines.web_users import ListedUsers, demo_users
from schemas.errors import ConfigurationError

SERVER = "caselink-serve"  # who mends what a crash left undone
MOST_AT_ONCE = 200  # connections that the server holds; more wait


def web_settings(project: Project, configuration: Configuration, *, demo_token: str = "", port: int = 0) -> WebSettings:
    """How the pages are served, from `caselink.toml`; in a demonstration on 127.0.0.1 with made-up users."""
    said = configuration.web
    store = store_url(project, configuration.stores.application)
    access = access_store(store)
    access.keep_connections()  # asked at every page about people
    return WebSettings(
        origin=f"http://127.0.0.1:{port}" if demo_token else said.origin,
        store=store,
        users=demo_users(configuration) if demo_token else ListedUsers(project),
        agreements=Agreements(access, configuration.access.agreement),
        agreement_text=AgreementText(configuration.access.agreement, _agreement(project, said.agreement_file)),
        runs=PublishedRuns(project),
        oidc=None if demo_token or not said.issuer else _oidc(project, configuration),
        demo_token=demo_token,
        idle=dt.timedelta(minutes=said.idle_minutes),
        absolute=dt.timedelta(hours=said.absolute_hours),
        requests_a_minute=said.requests_a_minute,
        sign_ins_a_minute=said.sign_ins_a_minute,
        body_bytes=said.body_kilobytes * 1024,
        visits=demo_clock(project, configuration) if demo_token else None,
        api_audience="" if demo_token else said.api_audience,
    )


def run_server(project: Project, console: Console, *, demo: bool, listen: tuple[str, int]) -> None:
    """Serve until stopped. `ConfigurationError` `E-SERVE-HOST` for a demonstration anywhere but on 127.0.0.1."""
    import uvicorn

    host, port = listen
    if demo and host != "127.0.0.1":
        raise ConfigurationError("E-SERVE-HOST", "the demonstration is served on 127.0.0.1 alone.", cure="leave --host out")
    configuration = load_configuration(project)
    token = secrets.token_urlsafe(32) if demo else ""
    settings = web_settings(project, configuration, demo_token=token, port=port)
    services = services_of(project, configuration, settings.users)
    services.entries.mend(at=(settings.visits or services.clock)(), by=SERVER)
    app = create_app(services, settings)
    if demo:
        console.say(f"Open this once, in a browser on this machine: {settings.origin}/demo/{token}")
    else:
        console.say(f"Serving {settings.origin} on {host}:{port}. Stop with Ctrl-C.")
    uvicorn.run(
        app, host=host, port=port, log_level="warning", access_log=False, server_header=False, ws="none",
        limit_concurrency=MOST_AT_ONCE,
    )  # fmt: skip


def open_sessions(project: Project) -> list[dict[str, Any]]:
    """Who is signed in: account, post, since when, last seen, and when it ends at the latest."""
    rows = _sessions(project).open()
    return [
        {"account": each.account, "post": each.post.replace("|", " ").strip(), "began": _text(each.began),
         "seen": _text(each.seen), "ends": _text(each.ends)}
        for each in rows
    ]  # fmt: skip


def end_sessions(project: Project, name: str) -> int:
    """End every session of an account, and write it down; how many were open."""
    act = operator_act(now(), "end sessions", f"account {account(name)}")
    audit_log(project, load_configuration(project)).append(act)
    return _sessions(project).end_all(name)


def now() -> dt.datetime:
    """The time, in UTC."""
    return dt.datetime.now(dt.UTC)


def _sessions(project: Project) -> Sessions:
    configuration = load_configuration(project)
    idle = dt.timedelta(minutes=configuration.web.idle_minutes)
    absolute = dt.timedelta(hours=configuration.web.absolute_hours)
    return Sessions(store_url(project, configuration.stores.application), idle=idle, absolute=absolute, clock=now)


def _oidc(project: Project, configuration: Configuration) -> OidcSettings:
    said = configuration.web
    return OidcSettings(said.issuer, said.client_id, f"{said.origin}/sign-in/done", _secret(project, configuration), said.scope)


def _secret(project: Project, configuration: Configuration) -> str:
    """Our secret at the sign-in service; empty where there is none."""
    said = configuration.web
    if said.client_secret_credential:
        folder = os.environ.get("CREDENTIALS_DIRECTORY", "")
        path = Path(folder) / said.client_secret_credential
        if not folder or not path.is_file():
            raise ConfigurationError("E-SERVE-SECRET", "the credential is not there.", cure="see LoadCredential= of the unit")
        return path.read_text(encoding="utf-8").strip()
    if not said.client_secret_file:
        return ""
    path = project.root / said.client_secret_file
    if not path.is_file():
        raise ConfigurationError("E-SERVE-SECRET", "web.client_secret_file is not there.", cure="write it, mode 0600")
    check_private(path, "E-SERVE")
    return path.read_text(encoding="utf-8").strip()


def _agreement(project: Project, file: str) -> tuple[str, ...]:
    if not file:
        return SHIPPED
    path = project.root / file
    if not path.is_file():
        raise ConfigurationError("E-SERVE-AGREEMENT", "web.agreement_file is not there.", cure="write it, a paragraph a line")
    return tuple(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def _text(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="seconds")
