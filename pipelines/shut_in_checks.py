"""Before a night: whether its analytic process can be shut in, so that vault, key, inbox and state do not open for it."""

from __future__ import annotations

from governance.shut_in import abi
from pipelines.beyond import code
from pipelines.config import Configuration
from pipelines.project import Project
from schemas.errors import GovernanceError

NO_LANDLOCK = "this kernel has no Landlock"


def why_open(project: Project) -> str:
    """Why the analytic process could open what it must not, in words; nothing where it cannot."""
    if not abi():
        return NO_LANDLOCK
    readable = [path.resolve() for path in code()]
    closed = [folder.resolve() for folder in (project.vault, project.secrets, project.inbox, project.state)]
    if any(folder.is_relative_to(each) for folder in closed for each in readable):
        return "vault, keys, inbox or state lie beneath a folder of the system's or of Python's, which it must read"
    return ""


def must_be_shut_in(configuration: Configuration) -> bool:
    """`[night] require_shut_in`; where it says nothing: nights of real people must be."""
    said = configuration.night.require_shut_in
    return not configuration.area.synthetic if said is None else said


def check_shut_in(project: Project, configuration: Configuration) -> list[str]:
    """Refuse (`GovernanceError` `E-NIGHT-OPEN`) a night that must be shut in and cannot be.

    One that need not goes on: a warning where its people are real. `caselink doctor` says it of every project.
    """
    why = why_open(project)
    if not why:
        return []
    if must_be_shut_in(configuration):
        raise GovernanceError(
            "E-NIGHT-OPEN",
            f"the analytic process cannot be shut in: {why}.",
            cure="run nights on Linux 5.13 or later with Landlock, in a folder of their own; or decide that they may go on "
            "without: `require_shut_in = false` under [night]",
        )
    if configuration.area.synthetic:
        return []
    return [f"the analytic process was not shut in: {why}. It could open what its user can."]
