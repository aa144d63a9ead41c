"""A clerk's desk and a Guardian's without a project behind them: a few drawn pairs, purposes, bases and a statement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from caseload.review.desk import SECOND, Pair, Progress, Reviewer, Said
from caseload.review.reasons import DECISIONS, REASONS
from governance.access.bulk import Bulk
from governance.access.guardian import GuardianQueue
from governance.access.reasons import Reasons
from governance.audit import Act, Audit
from schemas.errors import GovernanceError

HOSTILE = '<script>alert("x")</script>'
FIELDS = {
    "nhs_number": ("", "9990000018"), "given_name": ("Ann", "ANNE"), "family_name": ("O'Hara", "OHARA"),
    "date_of_birth": ("1950-03-06", "1950-06-03"), "gender": ("2", "2"), "address": ("36 Quarry Close", f"36 Beacon {HOSTILE}"),
}  # fmt: skip
PAIRS = tuple(f"p{number:024x}" for number in (1, 2, 3))


@dataclass
class MadeUpReview:
    """Pairs in order. `said`: reviewer to what she said of which pair."""

    audit: Audit
    said: dict[str, dict[str, Said]] = field(default_factory=dict)

    def _waiting(self, who: Reviewer, look: str) -> list[str]:
        judged = {reference for words in self.said.values() for reference in words}
        hers = self.said.get(who.account, {})
        return [each for each in PAIRS if (each in judged and each not in hers if look == SECOND else each not in judged)]

    def progress(self, who: Reviewer) -> Progress:
        first, second = (len(self._waiting(who, look)) for look in ("first", SECOND))
        hers, everybody = len(self.said.get(who.account, {})), sum(map(len, self.said.values()))
        return Progress(first, second, hers, hers, everybody)

    def next_pair(self, who: Reviewer, look: str) -> Pair | None:
        waiting = self._waiting(who, look)
        if not waiting:
            return None
        self.audit.append(Act(who.at, who.account, "review pair", "clerical review", role=who.role))
        return Pair(waiting[0], FIELDS)

    def decide(self, who: Reviewer, said: Said) -> None:
        if said.decision not in DECISIONS or said.code not in REASONS:
            raise GovernanceError("E-REVIEW-WORDS", "say what you decide.")
        if said.reference in self.said.get(who.account, {}):
            raise GovernanceError("E-REVIEW-JUDGED", "you have judged this pair.")
        self.said.setdefault(who.account, {})[said.reference] = said


def basis(source: str, state: str, left: int, **more: Any) -> dict[str, Any]:
    """A row of the register, as `pipelines.bases` gives it."""
    row = {
        "source": source, "purpose": "case-management", "controller": "Example ICB", "reference": "EXAMPLE/1", "tables": [],
        "valid_from": "2026-01-05", "valid_to": "2026-10-20", "days_left": left, "state": state,
    }  # fmt: skip
    return row | more


@dataclass
class MadeUpOversight:
    """One project's words for its Guardian. `fault`: what checking the log raises."""

    queue: GuardianQueue
    bulk: Bulk
    audit: Audit
    reasons: Reasons
    fault: GovernanceError | None = None

    def bases(self, day: dt.date) -> dict[str, Any]:
        purpose = {
            "purpose": "case-management", "flow": "direct care", "evidence": None, "owner": "Lead for care", "signed_off": "CG/1",
            "signed_off_on": "2026-01-05", "review_by": "2027-01-04", "state": "holds", "message": "",
        }  # fmt: skip
        overdue = purpose | {"purpose": "population-analysis", "state": "E-PURPOSE-OVERDUE", "message": "it was to be reviewed."}
        nothing = dict.fromkeys(("controller", "reference", "tables", "valid_from", "valid_to", "days_left"))
        rows = [
            basis("gp", "ends soon", 20), basis("ecds", "ends soon", 20), basis("cld", "expired", -3, valid_to="2026-09-27"),
            basis("register", "holds", 400, valid_to="2027-11-04"), {**basis("mhsds", "missing", 0), **nothing},
        ]  # fmt: skip
        return {"as_at": day.isoformat(), "purposes": [purpose, overdue], "bases": rows, "refused": {}}

    def opt_outs(self, _run_id: str) -> dict[str, Any]:
        lists = [{"kinds": ("national",), "checked_on": dt.date(2026, 9, 28)}]
        return {"lists": lists, "age_days": 2, "people": 80, "of": 1600, "policy": "nhse-hes"}

    def statement(self, run_id: str) -> dict[str, Any]:
        facts = {
            "run_id": run_id, "as_at": "2026-09-30", "published_at": "2026-10-01T02:00:00+00:00", "manifest_sha256": "ab" * 32,
            "scanned": {"findings": 0, "files": 85, "not_read": 6}, "audit": {"lines": 1, "head": "cd" * 32},
            "sources_not_read": [{"source": "mhsds", "state": "barred", "code": "E-BASIS-MISSING"}],
            "withheld_from_analysts": {"tables": ["score"], "why": "no legal basis for that purpose"},
            "counts": {"all": 5449, "withheld": 913}, "key": {"epoch": 1, "check_value": "00be0b55"},
        }  # fmt: skip
        return {"statement": facts, "key_id": "17baaecac135d76b", "signature": "", "files_there": True}

    def chain(self) -> tuple[int, str]:
        return self.audit.last()

    def verify(self, at: dt.datetime) -> dict[str, Any]:
        if self.fault is not None:
            raise self.fault
        lines, head = self.audit.last()
        return {"lines": lines, "last_hash": head, "checkpoints": 1, "last_checkpoint": at.isoformat()}

    def reason(self, number: int) -> str | None:
        return self.reasons.text(number)
