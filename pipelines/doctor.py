"""`caselink doctor`: versions, pins, disk, rights, keys and telemetry; ok, warn or fail, and the cure."""

from __future__ import annotations

import importlib.metadata
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from governance.no_sockets import can_refuse
from governance.shut_in import abi
from pipelines.config import load_configuration
from pipelines.project import Project
from pipelines.shut_in_checks import NO_LANDLOCK, why_open
from schemas.errors import CaselinkError

# Pins without which the installed set breaks at run time although `pip check` is clean (found by trying).
PINS = {
    "prefect": ("==", (3, 8, 8)),
    "fastapi": ("<", (0, 155)),
    "sqlalchemy": ("<", (2, 1)),
    "pandas": ("<", (3,)),
}


@dataclass(frozen=True)
class Finding:
    """One check: its name, `ok`, `warn` or `fail`, what was found, and the cure."""

    name: str
    state: str
    found: str
    cure: str = ""


def examine(project: Project | None, *, flow: bool = False) -> list[Finding]:
    """Every finding; with `project` also its folders, configuration and key; with `flow` a one-step flow is run."""
    findings = [_python(), *_pins(), _telemetry(), _shut_in(project), _style()]
    if project is not None:
        findings += [*_modes(project), _configuration(project), _key(project), _disk(project), *_night(project)]
    if flow:
        findings.append(_flow())
    return findings


def _python() -> Finding:
    fine = (3, 11) <= sys.version_info[:2] < (3, 14)
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "ok" if fine else "fail", version, "" if fine else "use Python 3.11 to 3.13")


def _pins() -> Iterator[Finding]:
    for name, (sign, bound) in PINS.items():
        version = importlib.metadata.version(name)
        numbers = tuple(int(part) for part in version.split(".")[: len(bound)] if part.isdigit())
        fine = numbers == bound if sign == "==" else numbers < bound
        wanted = f"{sign}{'.'.join(map(str, bound))}"
        yield Finding(name, "ok" if fine else "fail", f"{version} (wanted {wanted})", "" if fine else "run `make setup`")


def _telemetry() -> Finding:
    from pipelines.prefect_settings import FIXED

    off = FIXED["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false" and FIXED["DO_NOT_TRACK"] == "1"
    return Finding("telemetry", "ok" if off else "fail", "off in every run" if off else "on")


def _shut_in(project: Project | None) -> Finding:
    why = why_open(project) if project is not None else "" if abi() else NO_LANDLOCK
    if why:
        cure = (
            "run nights on Linux 5.13 or later with Landlock, in a folder of their own; until then a step opens what its user can"
        )
        return Finding("analytic process", "warn", f"not shut in: {why}", cure)
    sockets = "no sockets" if can_refuse() else "sockets other than TCP are open: this architecture is not known"
    return Finding("analytic process", "ok" if can_refuse() else "warn", f"shut in: Landlock, version {abi()}; {sockets}")


def _style() -> Finding:
    from caseload.web.assets import STYLE, is_there

    there = is_there(STYLE)
    found = f"{STYLE.name} {STYLE.version}" if there else "not there: pages are served plain"
    return Finding("page style", "ok" if there else "warn", found, "" if there else "with a network: make setup")


def _modes(project: Project) -> Iterator[Finding]:
    for folder in (project.vault, project.secrets, project.state):
        if not folder.exists():
            yield Finding(folder.name, "warn", "not there yet", "the first run makes it")
            continue
        mode = stat.S_IMODE(folder.stat().st_mode)
        fine = mode & 0o077 == 0
        yield Finding(folder.name, "ok" if fine else "fail", f"mode {mode:04o}", "" if fine else f"chmod 700 {folder.name}")


def _configuration(project: Project) -> Finding:
    try:
        load_configuration(project)
    except CaselinkError as error:
        return Finding("configuration", "fail", error.message, error.cure)
    return Finding("configuration", "ok", "caselink.toml is right")


def _key(project: Project) -> Finding:
    from pipelines.keys import root_key

    try:
        root_key(project, load_configuration(project))
    except CaselinkError as error:
        return Finding("key", "fail", error.message, error.cure)
    return Finding("key", "ok", "present, private, and the one the configuration names")


def _disk(project: Project) -> Finding:
    free = shutil.disk_usage(project.root).free // 2**20
    wanted = load_configuration(project).night.free_disk_mb if _configuration(project).state == "ok" else 0
    return Finding("disk", "ok" if free >= wanted else "fail", f"{free} MB free", "" if free >= wanted else "make room")


def _night(project: Project) -> Iterator[Finding]:
    from pipelines.night_health import CURE, damage, night_served

    if _configuration(project).state != "ok" or not (project.runs.is_dir() and any(project.runs.iterdir())):
        return  # nothing is made by looking
    try:
        row = night_served(project)
        found = damage(project, row, every_file=True) if row else ""
    except CaselinkError as error:
        yield Finding("night served", "fail", error.message, error.cure)
        return
    if row is not None:
        yield Finding("night served", "fail" if found else "ok", found or "as it was published", CURE if found else "")


def _flow() -> Finding:
    from pipelines import prefect_settings

    with tempfile.TemporaryDirectory() as home:
        prefect_settings.apply(Path(home))
        try:
            answer = _one_step_flow()
        except Exception as error:
            return Finding("flow", "fail", f"{type(error).__name__} in a one-step flow", "run `make clean setup`")
    return Finding("flow", "ok" if answer == 1 else "fail", "a one-step flow ran")


def _one_step_flow() -> int:
    from prefect import flow, task

    @task(persist_result=False)
    def one() -> int:
        return 1

    @flow(persist_result=False)
    def one_step() -> int:
        return one()

    return one_step()
