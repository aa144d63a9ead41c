"""Virtual ward round: the wards of a team, who is on them, whom the night proposes; steps up and down, reviews, actions."""

from __future__ import annotations

from typing import Any

from caseload.desk.planning import on_no_ward
from caseload.desk.posts import Visit
from caseload.desk.rounds import STEP_DOWN, STEP_UP, wards_page
from caseload.entries.strands import ACTION, STAY, STEPS
from caseload.web.pages.form_steps import doing_of, reasons, refused_words, take_step, taken_by
from caseload.web.route import Answer, Asked, go_to, page
from schemas.errors import GovernanceError

STEPS_HERE = {*STAY.steps, *ACTION.steps}


def show(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The wards."""
    return _page(visit, services, asked)


def change(visit: Visit, services: Any, asked: Asked) -> Answer:
    """One step of a stay or of somebody's actions."""
    try:
        take_step(visit, services, asked, doing_of(asked, STEPS_HERE))
    except GovernanceError as error:
        return _page(visit, services, asked, refused_words(error))
    return go_to("/wards")


def choose(visit: Visit, services: Any, asked: Asked) -> Answer:
    """People of one's own list whom the night did not propose to a ward."""
    return _choice(visit, services, asked)


def add(visit: Visit, services: Any, asked: Asked) -> Answer:
    """One of them comes to a ward: up from home, or down from hospital, with a reason."""
    try:
        doing = doing_of(asked, (STEP_UP, STEP_DOWN))
        if not doing.person or not doing.ward:
            return _choice(visit, services, asked, "Choose a person and a ward.")
        take_step(visit, services, asked, doing)
    except GovernanceError as error:
        return _choice(visit, services, asked, refused_words(error))
    return go_to("/wards")


def _choice(visit: Visit, services: Any, asked: Asked, problem: str = "") -> Answer:
    found, names = on_no_ward(visit, services, asked.night)
    return page(
        "ward_add.html",
        409 if problem else 200,
        found=found,
        names=names,
        steps={step: STEPS[step][1] for step in (STEP_UP, STEP_DOWN)},
        wards=[each for each in services.wards.values() if each.team == visit.post.team],
        today=visit.request().day,
        problem=problem,
    )


def _page(visit: Visit, services: Any, asked: Asked, problem: str = "") -> Answer:
    return page(
        status=409 if problem else 200,
        found=wards_page(visit, services, asked.night),
        may=taken_by(visit.post.role),
        reasons=reasons(),
        staff=[each for each in services.professionals.values() if each.team == visit.post.team],
        today=visit.request().day,
        problem=problem,
    )
