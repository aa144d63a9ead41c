"""Sources that come as match tokens: read, checked against their key, linked, and what that lost, in words.

Tokens are in memory while a night links. No table of the night holds them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from governance.transit import TransitKey, check_transit, read_transit_key
from pipelines.config import Configuration
from pipelines.engine import Engine
from pipelines.extracts.assemble import open_tables
from pipelines.extracts.landed import LandedSource
from pipelines.extracts.layout import LOCAL_ID
from pipelines.extracts.people import latest
from pipelines.extracts.token_file import KEY_CHECK, SCHEME_COLUMN, TOKEN_KINDS, token_column
from pipelines.feeds import load_landed
from pipelines.night import Night
from pipelines.settings.transit import Transit
from pipelines.supplier_pseudonyms import pseudonym_links
from pipelines.token_memory import remembered_links
from schemas.errors import GovernanceError
from schemas.identifiable import Match, MatchToken, PersonRecord, RegisterMerger
from schemas.table import Rows

if TYPE_CHECKING:  # linkage takes seconds to import
    from linkage import Linked
    from linkage.tokens.loss import Loss

# What a record of a source that comes as tokens may not hold.
IDENTIFYING = (
    "nhs_number", "nhs_number_given", "given_name", "other_given_name", "family_name", "previous_family_name", "alias",
    "postcode", "previous_postcode", "address", "uprn", "date_of_death",
)  # fmt: skip
FEW = 10  # counts below it are not shown
NOT_RUN = (
    "linked by tokens; without identifiers no likeness, nickname, swapped day and month, near spelling, likelihood "
    "or clerk's look can help"
)

ALONE = {
    "leave out": "no opt-out list can reach them, so they are left out of everything beyond direct care",
    "let in": "no opt-out list can reach them, and the configuration lets them in",
}


def sources_without_identifiers(configuration: Configuration) -> frozenset[str]:
    """Sources whose people come without identifiers: as tokens, or under a supplier's pseudonym."""
    tokenised = frozenset(each.source for each in configuration.transit)
    return tokenised | frozenset(each.source for each in configuration.supplier_pseudonym)


def transit_key(night: Night, transit: Transit) -> TransitKey:
    """The key of one source; `GovernanceError` where it is missing, unsafe, or not the one that the configuration names."""
    return read_transit_key(night.project.root / transit.key_file, transit.check_value)


def with_identifiers(records: Rows[PersonRecord], configuration: Configuration) -> Rows[PersonRecord]:
    """The records of every other source: those that clear linkage sees."""
    return records.filter(pc.invert(_of(records, configuration)))  # type: ignore[no-any-return]


def check_tokenised(records: Rows[PersonRecord], landed: list[LandedSource], configuration: Configuration) -> None:
    """Refuse tokens that nothing is configured for, and identifiers where tokens were agreed.

    Raises `GovernanceError` `E-TRANSIT-NONE`, `E-TRANSIT-CLEAR`, with counts and never a value.
    """
    agreed = frozenset(each.source for each in configuration.transit)
    for each in landed:
        if any(file.table == f"{each.source}_tokens" for file in each.files) and each.source not in agreed:
            raise GovernanceError(
                "E-TRANSIT-NONE",
                f"{each.source} came as match tokens, and no [[transit]] names its key.",
                cure="write the [[transit]] section, or take the file out of the inbox",
            )
    mine = records.filter(pc.is_in(records["source"], value_set=pa.array(sorted(agreed), pa.string())))
    clear = {name: mine.num_rows - mine[name].null_count for name in IDENTIFYING}
    births = mine["date_of_birth"].drop_null()
    clear["date_of_birth"] = int(pc.sum(pc.not_equal(pc.day(births), 1)).as_py() or 0)
    found = [name for name, count in clear.items() if count]
    if found:
        raise GovernanceError(
            "E-TRANSIT-CLEAR",
            f"a source that was to come as tokens holds {found[0]} in {clear[found[0]]} records.",
            cure="take its files out of the inbox and the vault, and have them tokenised: docs/how-to/tokenise-at-the-council.md",
        )


def link_tokenised(
    night: Night, records: Rows[PersonRecord], mergers: Rows[RegisterMerger], linked: Linked, engine: Engine
) -> tuple[Linked, tuple[str, ...]]:
    """The night's linkage with the matches of the sources that came as tokens, and what is to be said of them."""
    from linkage.quality.waterfall import waterfall
    from linkage.tokens.loss import token_loss
    from linkage.tokens.match import REGISTER_TOKENS, TOKEN_LINKS, link_tokens
    from linkage.tokens.records import matches_of_tokens, register_texts

    if not sources_without_identifiers(night.configuration):
        return linked, ()
    register = PersonRecord.sort(records.filter(pc.equal(records["source"], "register")))
    own = linked.matches.filter(pc.equal(linked.matches["source"], "register"))
    own = own.take(pc.index_in(register["local_patient_id"], value_set=own["local_patient_id"].combine_chunks()))
    texts = register_texts(register, own["register_id"], mergers)
    hidden = pc.unique(own["register_id"].filter(pc.fill_null(register["protected"], False)))
    landed = {each.source: each for each in load_landed(night.project, night.run_id)}
    before = remembered_links(night, own, hidden)
    links, notes = [TOKEN_LINKS.empty_table()], dict[str, int]()
    for transit in night.configuration.transit:
        key = transit_key(night, transit)
        tokens = read_tokens(landed[transit.source], engine, night, key)
        people = pa.table([texts["register_id"], texts["kind"], _tokens(key, texts)], schema=REGISTER_TOKENS)
        found = link_tokens(tokens, people, hidden)
        links.append(found.links if tokens.num_rows else before.filter(pc.equal(before["source"], transit.source)))
        notes |= {f"{transit.source}, {why}": count for why, count in found.notes.items()}
    links += [
        pseudonym_links(each, landed[each.source], landed["register"], engine=engine, night=night, persons=own)
        for each in night.configuration.supplier_pseudonym
    ]
    matches, apart = matches_of_tokens(records.filter(_of(records, night.configuration)), pa.concat_tables(links))
    lost = []
    if night.configuration.transit:
        lost.append(_lost(token_loss(with_identifiers(records, night.configuration), linked.matches, texts, hidden)))
    every = Match.sort(Match.validate(pa.concat_tables([linked.matches, matches])))
    return replace(linked, matches=every, waterfall=waterfall(every)), (
        *_told(matches, night.configuration),
        *_whys(notes | apart),
        *lost,
    )


def read_tokens(source: LandedSource, engine: Engine, night: Night, key: TransitKey) -> Rows[MatchToken]:
    """The tokens of each person's latest row. Empty where the source brought none.

    Raises `GovernanceError` `E-TRANSIT-WRONG` where a row was made with another key, `E-TRANSIT-SCHEME` with another version.
    """
    from linkage.tokens.kinds import SCHEME

    tables = open_tables(source, engine, night.as_at)
    name = f"{source.source}_tokens"
    if name not in tables:
        return MatchToken.empty()
    rows = engine.to_arrow(latest(tables[name].filter(~nw.col(LOCAL_ID).is_null()), LOCAL_ID))
    for found in pc.unique(rows[KEY_CHECK]).to_pylist():
        check_transit(key, found)
    if set(pc.unique(rows[SCHEME_COLUMN]).to_pylist()) - {SCHEME}:
        raise GovernanceError(
            "E-TRANSIT-SCHEME",
            f"tokens of {source.source} are not of the version {SCHEME}.",
            cure="use the same caselink release on both sides",
        )
    tables_by_kind = [MatchToken.empty()]
    for kind in TOKEN_KINDS:
        there = rows.filter(rows[token_column(kind)].is_valid())
        count = there.num_rows
        columns = {
            "source": pa.repeat(source.source, count),
            "local_patient_id": there[LOCAL_ID],
            "kind": pa.repeat(kind, count),
            "token": there[token_column(kind)],
        }
        tables_by_kind.append(MatchToken.conform(pa.table(columns)))
    return MatchToken.validate(pa.concat_tables(tables_by_kind))


def _tokens(key: TransitKey, texts: pa.Table) -> pa.ChunkedArray:
    """The token of each text, under the key of its kind."""
    tokens = pa.chunked_array([pa.nulls(texts.num_rows, pa.string())]).combine_chunks()
    for kind in TOKEN_KINDS:
        mask = pc.equal(texts["kind"], kind).combine_chunks()
        mine = key.tokens(kind, texts["text"].filter(mask).combine_chunks())
        tokens = pc.replace_with_mask(tokens, mask, mine)
    return tokens


def _of(records: pa.Table, configuration: Configuration) -> Any:
    return pc.is_in(records["source"], value_set=pa.array(sorted(sources_without_identifiers(configuration)), pa.string()))


def _told(matches: Rows[Match], configuration: Configuration) -> tuple[str, ...]:
    """How many records of each source were linked by tokens or pseudonyms, and how many stand alone."""
    use = {each.source: each.unlinked for each in configuration.supplier_pseudonym}
    lines = []
    for source in sorted(set(matches["source"].to_pylist())):
        mine = matches.filter(pc.equal(matches["source"], source))
        alone = mine["register_id"].null_count
        linked = shown(mine.num_rows - alone)
        if source in use:
            left = f"{shown(alone)} records stand alone: {ALONE[use[source]]}."
            lines.append(f"{source}: {linked} records linked by a supplier's pseudonym; {left}")
        else:
            lines.append(f"{source}: {linked} records {NOT_RUN}; {shown(alone)} records stay unlinked.")
    return tuple(lines)


def _whys(notes: dict[str, int]) -> tuple[str, ...]:
    return tuple(f"not linked by tokens: {why}: {shown(count)}." for why, count in sorted(notes.items()) if count)


def _lost(loss: Loss) -> str:
    if loss.clear < FEW:
        return "what token linkage loses cannot be told: too few records with names were linked in the clear tonight."
    share = f"{100 * loss.found / loss.clear:.1f} %"
    lost = loss.clear - loss.found
    exact = lost == 0 or lost >= FEW
    found = f"{loss.found:,} of {loss.clear:,} links ({share})" if exact else f"nearly all of {loss.clear:,} links"
    other = f"{shown(loss.other)} links that clear linkage does not make"
    return f"tonight's records with names, linked by tokens alone: {found}, and {other}."


def shown(count: int) -> str:
    """A count as it may be told: none, fewer than ten, or the figure."""
    return f"{count:,}" if count == 0 or count >= FEW else f"fewer than {FEW}"
