"""Templates to HTML: our own on top of the NHS.UK components, every value escaped."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader

from caseload.told import says_news

DATE = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]")
LONDON = ZoneInfo("Europe/London")
STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"


def environment() -> Environment:
    """The one environment of all pages. A value that is missing shows as nothing: the NHS.UK components count on it."""
    loader = ChoiceLoader([PackageLoader("caseload.web"), PackageLoader("nhsuk_frontend_jinja")])
    made = Environment(
        loader=loader, autoescape=True, undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False
    )
    made.filters.update(day=day, moment=moment, plain=plain, sentence=sentence, says_news=says_news)
    made.globals["styled"] = (VENDOR / "nhsuk-frontend.min.css").is_file()
    return made


def compile_all(templates: Environment) -> int:
    """Compile every page and component, so that nobody waits for it; how many there are."""
    names = templates.list_templates(["html", "jinja"])
    for name in names:
        templates.get_template(name)
    return len(names)


def render(templates: Environment, template: str, data: Mapping[str, Any]) -> str:
    """One page."""
    return templates.get_template(template).render(**data)


def day(value: dt.date | str | None) -> str:
    """A date as people read it: 28 November 2026; nothing where there is none."""
    if not value:
        return ""
    date = dt.date.fromisoformat(value) if isinstance(value, str) else value
    return f"{date.day} {date:%B %Y}"


def moment(value: dt.datetime | str | None) -> str:
    """A time as people read it, by London's clock: 28 November 2026, 02:31."""
    if not value:
        return ""
    at = (dt.datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(LONDON)
    return f"{day(at.date())}, {at:%H:%M}"


def sentence(text: str | None) -> str:
    """A text or a code as the beginning of a sentence: GP review, Visit; the rest stays as it is."""
    words = re.sub(r"^(gp|mdt)\b", lambda found: found[0].upper(), text or "")
    return words[:1].upper() + words[1:]


def plain(value: object) -> str:
    """A value of a table of figures as people read it: dates in words, thousands apart, no underscores; nothing for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}"
    text = str(value)
    return day(text) if DATE.fullmatch(text) else text.replace("_", " ")
