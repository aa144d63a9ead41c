"""Names as sources write them: nicknames, other spellings, slips of the key, names exchanged, names of an earlier marriage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthetic_data import names
from synthetic_data.chance import Flags, Floats, Ints
from synthetic_data.days import NEVER
from synthetic_data.name_lists import BABY_NAMES
from synthetic_data.scribe import MISTYPED, Scribe
from synthetic_data.traps import Trap, marked

GIVEN_SLIPS, FAMILY_SLIPS = 0.5, 0.6  # of a source's rate of typing errors
OTHER_SPELLINGS = 0.6  # of its rate of nicknames, for family names that have several spellings
RECENTLY_BORN = 1826  # days: records opened at birth and not corrected since
KEY_ROWS = ("qwertyuiopo", "asdfghjklk", "zxcvbnmn")
KEYS_BESIDE = {row[place]: row[place + 1] for row in KEY_ROWS for place in range(len(row) - 1)}


@dataclass(frozen=True)
class WrittenNames:
    """Word codes (MISTYPED where the text is no known word) and texts; `renamed` is the day from which the new name is used."""

    given: Ints
    given_text: pa.Array
    family: Ints
    family_text: pa.Array
    family_before_text: pa.Array
    renamed: Ints
    traps: Ints


def write_names(scribe: Scribe) -> WrittenNames:
    """Given and family name for each record."""
    given, given_text, given_traps = _given(scribe)
    family, family_text, before_text, renamed, family_traps = _family(scribe)
    swap = scribe.happens("names swapped", names.traits("swapped")[scribe.people.tradition[scribe.who]])
    swap &= (given != names.NO_NAME) & (scribe.habits.typing > 0.01)
    mask = pa.array(swap)
    given_text, family_text, before_text = (
        pc.if_else(mask, family_text, given_text),
        pc.if_else(mask, given_text, family_text),
        pc.if_else(mask, given_text, before_text),
    )
    traps = given_traps | family_traps | marked(Trap.NAMES_SWAPPED, swap)
    given, family = np.where(swap, MISTYPED, given), np.where(swap, MISTYPED, family)
    return WrittenNames(given, given_text, family, family_text, before_text, renamed, traps)


def _given(scribe: Scribe) -> tuple[Ints, pa.Array, Ints]:
    words, full = names.lexicon(), scribe.people.given[scribe.who]
    called = scribe.happens("nickname", np.minimum(0.5, scribe.habits.nickname * scribe.errors))
    given = np.where(called, words.variant(full, scribe.uniform("which nickname")), full)
    none = (full >= 0) & scribe.happens("no given name", scribe.habits.no_given * scribe.errors)
    young = scribe.now - scribe.people.born[scribe.who] < RECENTLY_BORN
    baby = (full >= 0) & young & scribe.happens("baby", scribe.habits.baby)
    placeholder = np.floor(len(BABY_NAMES) * scribe.uniform("which baby")).astype(np.int64)
    given = np.where(none, names.NO_NAME, given)
    given = np.where(baby, np.array([words.code[name] for name in BABY_NAMES])[placeholder], given)
    slip = (given >= 0) & ~baby & scribe.happens("given name mistyped", _slips(scribe, GIVEN_SLIPS))
    text = _mistyped(words.spell(given), slip, scribe.uniform("slip in the given name"))
    traps = (
        marked(Trap.NICKNAME, ~baby & ~none & (given != full)) | marked(Trap.NO_GIVEN_NAME, none)
        | marked(Trap.BABY_NAME, baby) | marked(Trap.TYPO, slip)
    )  # fmt: skip
    return np.where(slip, MISTYPED, given), text, traps


def _family(scribe: Scribe) -> tuple[Ints, pa.Array, pa.Array, Ints, Ints]:
    words, people, who = names.lexicon(), scribe.people, scribe.who
    changed = people.former_family[who] != people.family[who]
    stale = changed & scribe.happens("old family name", scribe.habits.old_family)
    renamed = np.where(stale, NEVER, people.renamed[who])
    now = np.where(renamed > scribe.now, people.former_family[who], people.family[who])
    other = scribe.happens("other spelling", np.minimum(0.4, OTHER_SPELLINGS * scribe.habits.nickname * (scribe.errors - 1)))
    family = np.where(other, words.variant(now, scribe.uniform("which spelling")), now)
    slip = scribe.happens("family name mistyped", _slips(scribe, FAMILY_SLIPS))
    text = _mistyped(words.spell(family), slip, scribe.uniform("slip in the family name"))
    before = pc.if_else(pa.array(changed & (renamed <= scribe.now)), words.spell(people.former_family[who]), text)
    traps = (
        marked(Trap.CHANGED_SURNAME, changed & (people.renamed[who] <= scribe.now) & (renamed > scribe.now))
        | marked(Trap.NICKNAME, family != now) | marked(Trap.TYPO, slip)
    )  # fmt: skip
    return np.where(slip, MISTYPED, family), text, before, renamed, traps


def _slips(scribe: Scribe, share: float) -> Floats:
    rate: Floats = np.minimum(0.3, share * scribe.habits.typing * scribe.errors)
    return rate


def _mistyped(text: pa.Array, slips: Flags, where: Floats) -> pa.Array:
    """The few words with a slip are rewritten one by one."""
    rows = np.flatnonzero(slips)
    written = [
        mistype(word, place) for word, place in zip(text.take(pa.array(rows)).to_pylist(), where[rows].tolist(), strict=True)
    ]
    return pc.replace_with_mask(text, pa.array(slips), pa.array(written, pa.string()))


def mistype(word: str, lot: float) -> str:
    """One slip of the key: a letter left out, doubled, exchanged with its neighbour, or hit beside. `lot` chooses which."""
    kind, lot = int(lot * 4), lot * 4 % 1
    place = min(int(1 + lot * (len(word) - 1)), len(word) - 1)
    if kind == 0 and len(word) > 2:
        return word[:place] + word[place + 1 :]
    if kind == 1 and word[place] != word[place - 1] and place > 1:
        return word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :]
    if kind == 2:
        return word[:place] + KEYS_BESIDE.get(word[place], "e") + word[place + 1 :]
    return word[:place] + word[place] + word[place:]
