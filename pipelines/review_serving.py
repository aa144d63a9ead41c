"""The clerk's desk of the pages, over the queue of the night served. Each look and each decision is audited first."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from caseload.review.desk import SECOND, Pair, Progress, Reviewer, Said
from caseload.review.reasons import DECISIONS, OTHER, REASONS
from governance.access.limits import LONDON
from governance.access.reasons import Reasons
from governance.access.tables import check_plain
from governance.audit import Act, Audit
from governance.judgements import Judgements
from pipelines.config import Configuration
from pipelines.judging import judgement_log
from pipelines.project import Project
from pipelines.publish import store_url
from pipelines.shelf import Shelf
from schemas.errors import GovernanceError
from schemas.identifiable import Judgement
from schemas.table import Rows

if TYPE_CHECKING:  # linkage takes seconds to import
    from pipelines.review_night import ReviewNight

SHOW, DECIDE = "review pair", "review decision"
PURPOSE = "clerical review of linkage"
WINDOW = 20  # so many pairs at the head of the queue are dealt to reviewers at work, each her own first
SHOWN_WITHIN = dt.timedelta(days=2)  # a decision later than that after she was shown the pair is made without it


class ServedReview:
    """A `caseload.review.desk.ReviewDesk` of one project. The night's pairs are kept while it is served."""

    def __init__(self, project: Project, configuration: Configuration, audit: Audit) -> None:
        self._project, self._configuration, self._audit = project, configuration, audit
        self._lock = threading.Lock()
        self._kept: tuple[str, ReviewNight] | None = None
        self._made: Judgements | None = None

    def progress(self, who: Reviewer) -> Progress:
        """See `ReviewDesk`."""
        said, night = self._judgements(), self._night(who.run_id)
        hers = said.filter(pc.equal(said["reviewer"], who.account))
        day = who.at.astimezone(LONDON).date()
        return Progress(
            first=_first(night, said).num_rows,
            second=self._second(night, said, who).num_rows,
            hers=hers.num_rows,
            today=sum(moment.astimezone(LONDON).date() == day for moment in hers["decided_at"].to_pylist()),
            everybody=said.num_rows,
        )

    def next_pair(self, who: Reviewer, look: str) -> Pair | None:
        """See `ReviewDesk`."""
        from linkage.review.queue import SHOWN_FIELDS, side_by_side

        said, night = self._judgements(), self._night(who.run_id)
        pairs = self._second(night, said, who) if look == SECOND else _dealt(_first(night, said), who.account)
        if not pairs.num_rows:
            return None
        sides = side_by_side(pairs.slice(0, 1), night.night.records)
        (row,) = sides.pairs.to_pylist()
        self._write_down(who, SHOW, f"{PURPOSE}: {look} look", night.people(row))
        self._log.show(sides.pairs)
        left, right = (side.to_pylist()[0] for side in (sides.left, sides.right))
        return Pair(row["reference"], {name: (left[name] or "", right[name] or "") for name in SHOWN_FIELDS})

    def decide(self, who: Reviewer, said: Said) -> None:
        """See `ReviewDesk`. `GovernanceError` `E-REVIEW-WORDS` for no decision or reason of ours, `E-ACCESS-TEXT` for a text that
        looks like an identifier."""
        if said.decision not in DECISIONS or said.code not in REASONS or (said.code == OTHER and not said.text.strip()):
            raise GovernanceError(
                "E-REVIEW-WORDS", "say what you decide, and why.", cure="choose one of each; for `other`, write"
            )
        if said.text.strip():
            check_plain(said.text)
        night = self._night(who.run_id)
        row = self._shown(who, said.reference, night)
        self._write_down(who, DECIDE, f"{PURPOSE}: {said.decision}", night.people(row))
        row |= {"decision": said.decision, "reviewer": who.account, "decided_at": who.at}
        judgement = Judgement.validate(pa.Table.from_pylist([row], schema=Judgement.arrow_schema()))
        self._log.decide(judgement, said.code, self._text(who, said.text))

    def _shown(self, who: Reviewer, reference: str, night: ReviewNight) -> dict[str, Any]:
        """The pair, where it may be shown in this night and she was shown it lately."""
        rows = [row for row in self._log.shown().to_pylist() if row["reference"] == reference]
        records = [(row["source"], row["local_patient_id"]) for row in rows]
        if rows and records[0] in night.subjects and ("register", rows[0]["register_id"]) in night.subjects:
            since = who.at - SHOWN_WITHIN
            seen = {subject for _, _, subject, _ in self._audit.of_actor(who.account, SHOW, since.date())}
            if seen.issuperset(night.people(rows[0])):
                return {name: value for name, value in rows[0].items() if name != "reference"}
        raise GovernanceError("E-REVIEW-PAIR", "you were not shown this pair, or it may no longer be shown.", cure="go on")

    def _text(self, who: Reviewer, text: str) -> int | None:
        if not text.strip():
            return None
        place = store_url(self._project, self._configuration.stores.vault)
        return Reasons(place).keep(text, actor=who.account, at=who.at)

    def _write_down(self, who: Reviewer, action: str, purpose: str, subjects: list[str]) -> None:
        self._audit.append(Act(who.at, who.account, action, purpose, run_id=who.run_id, role=who.role), subjects)

    def _second(self, night: ReviewNight, said: Rows[Judgement], who: Reviewer) -> pa.Table:
        from linkage.review.queue import second_reviews

        return second_reviews(night.night, said, who.account, self._configuration.linkage.review_twice)

    def _judgements(self) -> Rows[Judgement]:
        return self._log.up_to(self._log.position())

    @property
    def _log(self) -> Judgements:
        if self._made is None:
            self._made = judgement_log(self._project, self._configuration)
        return self._made

    def _night(self, run_id: str) -> ReviewNight:
        from pipelines.review_night import review_night

        with self._lock:
            if self._kept is None or self._kept[0] != run_id:
                shelf = Shelf(self._project.vault_night(run_id), run_id, identifiable=True)
                self._kept = (run_id, review_night(shelf, self._judgements()))
            return self._kept[1]


def _first(night: ReviewNight, said: Rows[Judgement]) -> pa.Table:
    from linkage.review.queue import first_reviews

    return first_reviews(night.night, said)


def _dealt(pairs: pa.Table, account: str) -> pa.Table:
    """One pair of the head of the queue: reviewers who are at work together are each dealt another, as a rule."""
    from linkage.review.pairs import chances

    head = pairs.slice(0, WINDOW)
    return head.take([int(chances(head, f"dealt to {account}").argmin())]) if head.num_rows else head
