"""What a night says of its linkage."""

from __future__ import annotations

import pyarrow as pa

from linkage import Encoded, Linked
from pipelines.linking import CURE, notes_of_links
from schemas.identifiable import Conflict, Match, ReviewPair


def linked(**notes: int) -> Linked:
    nobody = ReviewPair.empty()
    named = {name.replace("_", " "): count for name, count in notes.items()}
    return Linked(Match.empty(), nobody, nobody, Conflict.empty(), pa.table({}), named, "", Encoded({}, {}))


def test_keys_over_the_cap_are_told_with_their_cure_and_what_is_nobodys_business_is_not() -> None:
    assert notes_of_links(linked(records_decided=3, pairs_weighed=9, block_keys_over_the_cap=0)) == ("records decided: 3",)
    told = notes_of_links(linked(block_keys_over_the_cap=1200))
    assert told == ("block keys over the cap: 1,200", CURE)
