"""One step about a person: its form, what is wrong with what was filled in, once more where it matters, then done."""

from __future__ import annotations

from typing import Any

from caseload.desk.filled import Filled, read
from caseload.desk.forms import Form, find_form, is_step, may_ever
from caseload.desk.person import opened
from caseload.desk.posts import Visit
from caseload.desk.taking import CHANGED, Standing, carry_out, changed_words, choices_of, standing, wrong_field
from caseload.entries.states import CLOSE, DECLINE
from caseload.web.route import Answer, Asked, absent, go_to, page
from governance.access.decision import REGISTER, RELATIONSHIP
from schemas.errors import GovernanceError

AWAY = (DECLINE, CLOSE)  # steps after which the person may no longer be whoever decided's to open
NOBODYS = (RELATIONSHIP, REGISTER)


def show(visit: Visit, services: Any, asked: Asked) -> Answer:
    """The form, with nothing filled in."""
    return _form(visit, services, asked, thread=_number(asked.query.get("thread", "")))


def take(visit: Visit, services: Any, asked: Asked) -> Answer:
    """Take the step; or the form again, with what is wrong at its fields."""
    thread, last = _number(asked.value("thread")), _number(asked.value("last"))
    pseudonym, slug = asked.path.get("pseudonym", ""), asked.path.get("step", "")
    if not is_step(slug):
        return absent()
    if not may_ever(visit.post.role, slug):
        return Answer(status=403)
    found = standing(visit, services, pseudonym)
    form = find_form(found.forms, slug, thread)
    if form is None or form.last != last:
        return _changed(visit, services, asked, found, thread=thread)
    choices = choices_of(visit, services, found)
    filled = read(form, asked.value, choices)
    if filled.errors or asked.value("sure") == "back":
        return _form(visit, services, asked, thread=thread, filled=filled)
    if form.twice and asked.value("sure") != "yes":
        return _form(visit, services, asked, thread=thread, filled=filled, template="sure.html")
    return _done(visit, services, asked, form=form, filled=filled)


def _done(visit: Visit, services: Any, asked: Asked, *, form: Form, filled: Filled) -> Answer:
    pseudonym = asked.path["pseudonym"]
    try:
        carry_out(visit, services, asked.night, pseudonym, form=form, said=filled.said)
    except GovernanceError as error:
        refusal = error
    else:
        return go_to(f"/list?done={form.slug}" if form.step in AWAY else f"/person/{pseudonym}?done={form.slug}")
    if refusal.code in NOBODYS:
        return absent()
    if refusal.code == CHANGED:
        found = standing(visit, services, pseudonym)
        return _changed(visit, services, asked, found, thread=form.thread)
    field = wrong_field(refusal, form)
    if not field:
        raise refusal
    words = f"{refusal.message[:1].upper()}{refusal.message[1:]}".rstrip(".")
    wrong = Filled(filled.said, {field: words}, filled.typed)
    return _form(visit, services, asked, thread=form.thread, filled=wrong)


def _form(visit: Visit, services: Any, asked: Asked, *, thread: int, filled: Filled | None = None, template: str = "") -> Answer:
    """The form of somebody whom the door opens; else the same page as for nobody."""
    pseudonym, slug = asked.path.get("pseudonym", ""), asked.path.get("step", "")
    if not is_step(slug):
        return absent()
    if not may_ever(visit.post.role, slug):
        return Answer(status=403)
    person = opened(visit, services, asked.night, pseudonym)
    if person is None:
        return absent()
    found = standing(visit, services, pseudonym)
    form = find_form(found.forms, slug, thread)
    if form is None:
        return page("changed.html", 409, pseudonym=pseudonym, words=changed_words(visit, found, thread))
    filled = filled or Filled({}, {}, _first(form, asked.night.person(visit.post.team, pseudonym) or {}, found))
    return page(
        template,
        400 if filled.errors else 200,
        person=person,
        form=form,
        entry=found.entry,
        choices=choices_of(visit, services, found),
        most_days=services.entries.rules.most_deferred_days,
        errors=filled.errors,
        typed=filled.typed,
        said=filled.said,
    )


def _changed(visit: Visit, services: Any, asked: Asked, found: Standing, *, thread: int) -> Answer:
    """Somebody was quicker: who may have to do with the person is told; to others she is nobody."""
    pseudonym = asked.path.get("pseudonym", "")
    if opened(visit, services, asked.night, pseudonym) is None:
        return absent()
    return page("changed.html", 409, pseudonym=pseudonym, words=changed_words(visit, found, thread))


def _first(form: Form, desk: Any, found: Standing) -> dict[str, str]:
    """What a form begins with: whom the night proposes."""
    if form.step != "accept":
        return {}
    entry = found.entry
    return {
        "professional": entry.professional or desk.get("accountable_professional_id") or "",
        "coordinator": entry.coordinator or desk.get("coordinator_id") or "",
        "tier": desk.get("tier") or "",
    }


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
