"""The steps on the identifiable side of the wall. Each is one room's call with its tables fetched and put away."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import narwhals as nw
import pyarrow as pa

from governance.keys import key_check_value
from governance.legal_basis import check_purposes
from governance.publications import utc_now
from governance.purpose_flows import check_flows, contradictions
from governance.vault import Vault
from pipelines.disclosing import put_feed_ages
from pipelines.engine import Engine
from pipelines.extracts import EXTRACTS
from pipelines.extracts.landed import LandedSource
from pipelines.extracts.lookups import read_lookups
from pipelines.feeds import (
    carry_forward,
    data_before,
    expected_sources,
    feed_ages,
    feed_warnings,
    land_all,
    load_landed,
    returned,
    save_landed,
)  # fmt: skip
from pipelines.identities import put_contacts
from pipelines.judging import SAMPLE, judgements_of, notes_of_judgements, review_sample
from pipelines.keys import night_key
from pipelines.night import Night, Outcome, Progress
from pipelines.permission import barred, borders
from pipelines.plan import check_planned, released, remember_held
from pipelines.prices import prices_of
from pipelines.publish import store_url
from pipelines.recipients import working_domain
from pipelines.settings.purposes import NIGHT_PURPOSES, POPULATION_ANALYSIS, RISK_STRATIFICATION
from pipelines.shut_in_checks import check_shut_in
from pipelines.supplier_pseudonyms import people_standing_alone
from pipelines.thinned import hold_thinned
from pipelines.token_memory import forget_tokens
from pipelines.tokenised import check_tokenised, link_tokenised, transit_key, with_identifiers
from pipelines.witness import check_witness
from schemas.errors import CaselinkError, GovernanceError
from schemas.identifiable import Conflict, Link, Match, PersonRecord, RegisterMerger, Reject, ReviewPair, ReviewSample
from schemas.pseudonymised import OpenEntry, PseudonymisedActivity, PseudonymisedPerson, Referral
from schemas.zones import Zone

IDENTIFIABLE = Zone.IDENTIFIABLE


def engine_of(night: Night) -> Engine:
    """The engine for identifiable tables: it spills inside the vault."""
    settings = night.configuration.night
    return Engine(night.project.vault / "spill", memory_mb=settings.memory_mb, threads=settings.threads)


def preflight(night: Night, _progress: Progress) -> Outcome:
    """Disk, key, purposes, legal bases and look-ups, before anything is written."""
    free = shutil.disk_usage(night.project.root).free // 2**20
    if free < night.configuration.night.free_disk_mb:
        raise CaselinkError("E-DISK", f"only {free} MB are free.", cure="make room, or lower night.free_disk_mb")
    open_wall = check_shut_in(night.project, night.configuration)
    check_witness(night.project, night.configuration)
    key = night_key(night)
    borders(night.project, night.configuration)
    for day in night.days:
        check_purposes(night.configuration.purpose, NIGHT_PURPOSES, day)
    check_flows(night.configuration.purpose)
    prices_of(night.project, night.configuration)
    refused = barred_sources(night)
    if "register" in refused:
        raise refused["register"]
    for transit in night.configuration.transit:
        transit_key(night, transit)
    stores = night.configuration.stores
    vault, epoch = Vault(store_url(night.project, stores.vault)), night.configuration.keys.epoch
    vault.check_key(key_check_value(key), epoch=epoch, run_id=night.run_id, at=utc_now())
    lookups = dict(zip(("lsoa", "practices"), read_lookups(night.project.inbox / "lookups"), strict=True))
    empty = [name for name, rows in lookups.items() if not rows.num_rows]
    warnings = [*open_wall, *(f"not read: {refusal}" for refusal in refused.values())]
    warnings += [f"look-up inbox/lookups/{name}.csv is missing or empty; its columns stay empty." for name in empty]
    warnings += contradictions(night.configuration.purpose, night.configuration.basis, night.as_at)
    if not night.configuration.team:
        warnings.append("no [[team]] is configured: nobody can be proposed to anybody, and there are no lists.")
    if night.configuration.night.as_at and not night.configuration.area.synthetic:
        warnings.append("night.as_at fixes the date of every night; take it out, and give --as-at for a single one.")
    if not night.configuration.area.synthetic:
        warnings += night.configuration.disclosure.missing_evidence()
    return Outcome(warnings=tuple(warnings))


def earlier_landed(night: Night) -> list[LandedSource]:
    """What the night before landed; nothing where there is none."""
    return load_landed(night.project, night.parent) if night.parent else []


def barred_sources(night: Night) -> Mapping[str, GovernanceError]:
    """Sources that no legal basis lets be read tonight, and why."""
    return barred(night.project, night.configuration, night.days, earlier_landed(night))


def land(night: Night, progress: Progress) -> Outcome:
    """Extracts in, by content; bad rows to quarantine; a source without usable files is carried forward; referrals too."""
    from pipelines.referrals import land_referrals

    earlier, refused = earlier_landed(night), barred_sources(night)
    landed = land_all(night.project, night.configuration, night.as_at, progress, released=released(night.project), barred=refused)
    check_planned(night, (file.sha256 for each in landed for file in each.files))
    landed = hold_thinned(landed, earlier, released(night.project))
    remember_held(night.project, {each.source: list(each.held) for each in landed if each.held})
    landed = carry_forward(landed, earlier, refused)
    given, referred = land_referrals(night, refused)
    save_landed(night.project, night.run_id, [*landed, given])
    register = next(each for each in landed if each.source == "register")
    if not register.files:
        raise CaselinkError(
            "E-REGISTER",
            f"the register cannot be used: {(register.message or 'no file in inbox/register').rstrip('.')}.",
            cure="`caselink check`",
        )
    with engine_of(night) as engine:
        feeds = feed_ages(landed, night.configuration, night.as_at, engine, before=data_before(night.parent_folder))
    rejects = pa.concat_tables([Reject.empty(), *(each.rejects() for each in landed)])
    return Outcome(
        (*put_feed_ages(night, feeds, rejects), night.vault_shelf.put(Reject, "reject", rejects), *referred.tables),
        warnings=(*feed_warnings(feeds, expected_sources(night.configuration, earlier)), *referred.warnings),
        notes=(*(line for each in landed for line in each.warnings), *referred.notes),
    )


def people(night: Night, progress: Progress) -> Outcome:
    """One row per person as each source knows them."""
    from pipelines.covered_people import notes_of_cover
    from pipelines.extracts.assemble import assemble_people, register_mergers
    from pipelines.traced import read_traced

    landed = {each.source: each for each in load_landed(night.project, night.run_id)}
    with engine_of(night) as engine:
        frames, warnings = [], []
        for number, extract in enumerate(EXTRACTS):
            progress(number, len(EXTRACTS))
            warnings += returned(landed[extract.source], engine, night.as_at)
            found = assemble_people(extract, landed[extract.source], engine, night.as_at)
            if found is not None:
                frames.append(found)
        records = night.vault_shelf.put_frame(engine, PersonRecord, "person_record", nw.concat(frames))
        mergers = night.vault_shelf.put(RegisterMerger, "register_merger", register_mergers(landed["register"], engine))
        contacts = put_contacts(night, landed["asc_person"], engine)
    check_tokenised(night.vault_shelf.get(IDENTIFIABLE, "person_record"), list(landed.values()), night.configuration)
    traced = read_traced(night)
    return Outcome(
        (records, mergers, contacts, *traced.tables), (*warnings, *traced.warnings), (*notes_of_cover(night), *traced.notes)
    )


def link(night: Night, _progress: Progress) -> Outcome:
    """The cascade: which register person each record belongs to, and why; the unclear to review, contradictions as rows."""
    from linkage import link_records
    from linkage.review.sample import judged_sample
    from pipelines.link_tables import put_link_tables
    from pipelines.linkage_model import link_settings
    from pipelines.linking import last_active, night_before, notes_of_links, put_basis
    from pipelines.number_files import put_number_returns
    from pipelines.traced import notes_of, traced_records

    shelf = night.vault_shelf
    traced, settings = traced_records(shelf), link_settings(night.project, night.configuration)
    records = with_identifiers(traced.records, night.configuration)
    judgements = judgements_of(night)
    mergers = shelf.get(IDENTIFIABLE, "register_merger")
    with engine_of(night) as engine:
        seen = last_active(night, engine)
    linked = link_records(records, mergers, settings, judgements, last_active=seen, before=night_before(night))
    sample = review_sample(night, records, linked, settings)
    with engine_of(night) as engine:
        linked, lost = link_tokenised(night, traced.records, mergers, linked, engine)
    return Outcome(
        (
            shelf.put(Match, "match", linked.matches),
            shelf.put(ReviewPair, "review_pair", linked.review_pairs),
            shelf.put(Conflict, "conflict", linked.conflicts),
            shelf.put_arrow(IDENTIFIABLE, "waterfall", linked.waterfall),
            *put_link_tables(night, traced.records, linked, settings, judged=judged_sample(sample, judgements)),
            shelf.put(ReviewSample, SAMPLE, sample),
            put_number_returns(night, linked),
            *put_basis(night, linked),
        ),
        notes=(*notes_of(traced), *notes_of_judgements(linked), *notes_of_links(linked), *lost),
    )


def assign(night: Night, _progress: Progress) -> Outcome:
    """A persistent person_id for every record, pending until the night is published."""
    forget_tokens(night)  # linkage is done, and written down
    shelf = night.vault_shelf
    vault = Vault(store_url(night.project, night.configuration.stores.vault))
    matches, mergers = shelf.get(IDENTIFIABLE, "match"), shelf.get(IDENTIFIABLE, "register_merger")
    links = vault.assign_person_ids(matches, mergers, night.run_id)
    return Outcome((shelf.put(Link, "link", links),))


def opt_outs(night: Night, _progress: Progress) -> Outcome:
    """Who has opted out of what. Too old a national list refuses a new selection, and withholds the analysts' tables."""
    from pipelines.objections import (
        LISTED,
        NATIONAL_LIST_AGE,
        TABLE,
        WITHHELD_FROM_ANALYSTS,
        check_national_list,
        in_force,
        kinds_named,
        national_list_age,
        not_in_force_yet,
        opt_out_lists,
        opted_out_rows,
        stale_opt_outs,
    )
    from pipelines.traced import known_records

    shelf = night.vault_shelf
    lists = opt_out_lists(night)
    unchecked = check_national_list(night, lists, RISK_STRATIFICATION)
    records, links = known_records(shelf), shelf.get(IDENTIFIABLE, "link")
    rows, notes = opted_out_rows(night, lists, records, links, shelf.get(IDENTIFIABLE, "register_merger"))
    warnings = [] if lists else ["no opt-out list in inbox/opt_outs; nobody is left out on that ground."]
    warnings += [*unchecked, *not_in_force_yet(lists, night.as_at)]
    stale = stale_opt_outs(night, lists, POPULATION_ANALYSIS)
    if stale:
        warnings.append(f"{stale}: the analysts' tables are withheld. The lists of the teams are direct care and not touched.")
    age = national_list_age(lists, night.as_at)
    figures = {LISTED + kind: 1.0 for kind in sorted(kinds_named(in_force(lists, night.as_at)))}
    figures |= {WITHHELD_FROM_ANALYSTS: 1.0} if stale else {}
    figures |= {} if age is None else {NATIONAL_LIST_AGE: float(age)}
    return Outcome((shelf.put_arrow(IDENTIFIABLE, TABLE, rows),), tuple(warnings), tuple(notes), figures)


def pseudonymise(night: Night, progress: Progress) -> Outcome:
    """Through the wall: people and activity under the night's working pseudonyms."""
    from governance import pseudonymise as door
    from governance.keys import DomainKey
    from governance.lives import with_lives
    from pipelines.entries_tonight import entry_rows
    from pipelines.extracts.assemble import assemble_activity, delivered_events
    from pipelines.objections import gp_records_left_out, people_left_out
    from pipelines.odd_events import can_be, count_odd, odd_lines
    from pipelines.opt_out_measures import put_opt_out_measures
    from pipelines.referrals import referral_rows
    from pipelines.traced import known_records

    shelf = night.vault_shelf
    links = shelf.get(IDENTIFIABLE, "link")
    records = door.without_records(known_records(shelf), links, "gp", gp_records_left_out(night, RISK_STRATIFICATION))
    excluded = pa.array(sorted(people_left_out(night, RISK_STRATIFICATION) | people_standing_alone(night)), pa.string())
    key = DomainKey(night_key(night), working_domain(night.configuration))
    lookups = door.Lookups(*read_lookups(night.project.inbox / "lookups"))
    persons = door.pseudonymise_people(records, links, lookups, domain_key=key, excluded=excluded, as_at=night.as_at)
    put_opt_out_measures(
        night,
        door.pseudonymise_people(records, links, lookups, domain_key=key, excluded=excluded.slice(0, 0), as_at=night.as_at),
        persons,
    )
    refs = [night.shelf.put(PseudonymisedPerson, "person", persons)]
    tokens = with_lives(door.tokens(records, links, domain_key=key, excluded=excluded), records, links)
    mergers = shelf.get(IDENTIFIABLE, "register_merger")
    referred, notes = referral_rows(night, records, links, mergers, tokens)
    warnings = list[str]()
    refs.append(night.shelf.put(Referral, "referral", referred))
    entries, entry_notes = entry_rows(night, records, links, excluded)
    refs.append(night.shelf.put(OpenEntry, "entry", entries))
    notes = [*notes, *entry_notes]
    landed = {each.source: each for each in load_landed(night.project, night.run_id)}
    prices = prices_of(night.project, night.configuration)
    with engine_of(night) as engine:
        lazy_tokens = engine.from_arrow(tokens)
        for number, extract in enumerate(EXTRACTS):
            progress(number, len(EXTRACTS))
            events: nw.LazyFrame[Any] | None = assemble_activity(extract, landed[extract.source], engine, night.as_at, prices)
            if events is not None:
                name = f"activity/{extract.source}"
                frame = door.pseudonymise_activity(events, lazy_tokens, only=can_be())
                refs.append(night.shelf.put_frame(engine, PseudonymisedActivity, name, frame))
            delivered = delivered_events(extract, landed[extract.source], engine, night.as_at)
            if delivered is not None:
                warned, noted = odd_lines(extract.source, count_odd(delivered, lazy_tokens, engine))
                warnings, notes = [*warnings, *warned], [*notes, *noted]
    return Outcome(tuple(refs), tuple(warnings), tuple(notes))
