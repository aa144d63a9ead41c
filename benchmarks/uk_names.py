"""Names of a made-up British population: frequent names by naming tradition, and a long tail put together from syllables.

All names are upper-case letters and nothing else, the form that linkage compares, so that every engine sees the same text.
No list of real people is used: the frequent names are those of `synthetic_data.name_lists`, the rare ones are composed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from synthetic_data.chance import Flags, Floats, Ints
from synthetic_data.name_lists import ENGLISH, NICKNAMES, TRADITIONS, Tradition

# Distinct composed names on offer; about half of the family names are drawn in a million people.
RARE_FAMILY_NAMES, RARE_GIVEN_NAMES = 170_000, 16_000
# Share of people whose name is a composed one: set so that a million people carry about 100,000 family and 20,000 given names.
RARE_FAMILY_SHARE, RARE_GIVEN_SHARE = 0.42, 0.11
# Weight 1 / (rank + flatness) ** steepness, the shape of published name counts.
RARE_FLATNESS, RARE_STEEPNESS = 40.0, 0.75
COMMON_GIVEN_FLATNESS, ENGLISH_FAMILY_FLATNESS = 7.0, 6.0
# Those born before the first year take the older English names, those born after the second the newer ones; between, either.
OLDER_UNTIL, NEWER_FROM = 1965, 1990

FAMILY_STARTS = (
    "A Ab Ack Al Am An Ar As Ba Bar Be Ber Bi Bo Bra Bri Bro Bu Ca Car Cha Che Cla Co Cor Cra Cu Da De Di Do Dra Du E El Em "
    "Er Fa Fe Fi Fla Fo Fra Ga Ge Gi Gla Go Gra Gri Gu Ha Har He Hi Ho Hu I Ja Je Jo Ka Ke Ki Ko Kra La Le Li Lo Lu Ma Mar "
    "Me Mi Mo Mu Na Ne Ni No O Or Pa Par Pe Pi Po Pra Pri Pu Qua Ra Re Ri Ro Ru Sa Sca Se Sha She Shi Si Ska Sla So Sta Ste "
    "Sto Stra Su Swi Ta Te Tha The Ti To Tra Tre Tu U Un Va Ve Vi Vo Wa We Whi Wi Wo Wra Ya Ye Yo Za Ze"
)
FAMILY_MIDDLES = (
    "b bb ber bi ck cke d dd der do ff fi g gan gg gle k ker ki l la ld ll ller lli lm lt m man mbe mm mp n nd nder ne ng "
    "nk nn nni nt p pe pp r ra rd rg ri rk rl rm rn rr rro rt s se sh sk ss st sta t te th ther tt v ve vi w x z"
)
FAMILY_ENDS = (
    "a ack all am and ard arth as ay bourne by combe croft dale den don e ell en er ers es ett ey feld field ford gate ham "
    "hurst i iak ick idge in ing ington is ison land las ley lin ling lock ly man more ner ney o ock old on or ow owski ran "
    "rick ris s sby sham shaw sky smith son stead ston sworth t ton twell ulu um us vic wall ward way well wick win wood "
    "worth y"
)
GIVEN_STARTS = (
    "A Ad Ai Al Am An Ar As Au Be Bre Bri Ca Ce Cha Che Ci Co Cy Da De Di Do E El Em Er Es Fa Fe Fi Ga Ge Gi Gra Ha He Ho I "
    "Ja Je Jo Ju Ka Ke Ki Ky La Le Li Lo Lu Ma Me Mi Mo My Na Ne Ni No O Pa Pe Phi Ra Re Ri Ro Ru Sa Se Sha She Si So Su Ta "
    "Te Ti To Ty U Va Ve Vi Wa We Wi Ya Yo Za Ze"
)
GIVEN_MIDDLES = "b br c d dr f g h k l ld ll lm m mm n nd nn p ph r rd ri rl rn rr s sh ss t th tt v w y z"
MEN_ENDS = "ach ad ago ai ai al am an ar as ayn e ed el en eo er es ew ey ian ic ick iel il im in io ion is o oh on or os us y"
WOMEN_ENDS = (
    "a ah aia al alie anna ara ay e ea ee ela elle en ena enne ery ess ette ey i ia iah ice ie ika ila ina ine isa ita iya y yn"
)


@dataclass(frozen=True)
class Names:
    """All names by code (`texts`), and for each code the code of a nickname, or -1. Draw with `given` and `family`."""

    texts: list[str]
    nicknames: Ints
    lists: dict[tuple[str, str], tuple[Ints, Floats]]

    def given(self, rng: np.random.Generator, tradition: Ints, woman: Flags, year: Ints) -> Ints:
        """Codes of given names for people of a tradition (position in `TRADITIONS`), a sex and a year of birth."""
        newer = rng.random(len(year)) * (NEWER_FROM - OLDER_UNTIL) < year - OLDER_UNTIL
        rare = rng.random(len(year)) < RARE_GIVEN_SHARE
        kind = np.where(rare, 4, 2 * newer) + woman
        return self._drawn(rng, tradition, kind, ("men", "women", "young_men", "young_women", "rare_men", "rare_women"))

    def family(self, rng: np.random.Generator, tradition: Ints) -> Ints:
        """Codes of family names for households of a tradition."""
        return self._drawn(rng, tradition, (rng.random(len(tradition)) < RARE_FAMILY_SHARE).astype(int), ("families", "rare"))

    def _drawn(self, rng: np.random.Generator, tradition: Ints, kind: Ints, kinds: tuple[str, ...]) -> Ints:
        drawn = np.empty(len(tradition), np.int32)
        uniform = rng.random(len(tradition))
        for place, members in enumerate(TRADITIONS):
            for number, name in enumerate(kinds):
                rows = np.flatnonzero((tradition == place) & (kind == number))
                codes, steps = self.lists[members.name, name]
                drawn[rows] = codes[np.searchsorted(steps, uniform[rows], side="right")]
        return drawn


def all_names() -> Names:
    """The names on offer, always the same: what varies with the seed is who gets which."""
    codes: dict[str, int] = {}
    order = np.random.default_rng(0)
    tails = {
        "rare": _composed(order, RARE_FAMILY_NAMES, FAMILY_STARTS, FAMILY_MIDDLES, FAMILY_ENDS),
        "rare_men": _composed(order, RARE_GIVEN_NAMES // 2, GIVEN_STARTS, GIVEN_MIDDLES, MEN_ENDS),
        "rare_women": _composed(order, RARE_GIVEN_NAMES // 2, GIVEN_STARTS, GIVEN_MIDDLES, WOMEN_ENDS),
    }
    weighed = {kind: (_coded(codes, names), _steps(len(names), RARE_FLATNESS, RARE_STEEPNESS)) for kind, names in tails.items()}
    lists = {(tradition.name, kind): weighed[kind] for tradition in TRADITIONS for kind in weighed}
    for tradition in TRADITIONS:
        for kind in ("families", "men", "women", "young_men", "young_women"):
            names = _listed(tradition, kind)
            lists[tradition.name, kind] = _coded(codes, names), _steps(len(names), _flatness(tradition, kind), 1.0)
    nicknames = {name: short for name, (short, *_) in _nicknames().items()}
    _coded(codes, nicknames.values())
    short_codes = np.full(len(codes), -1, np.int32)
    for name, short in nicknames.items():
        if name in codes:
            short_codes[codes[name]] = codes[short]
    return Names(list(codes), short_codes, lists)


def _listed(tradition: Tradition, kind: str) -> list[str]:
    # Only the English tradition has newer given names of its own.
    names: Iterable[str] = getattr(tradition, kind) or getattr(tradition, kind.removeprefix("young_"))
    return list(dict.fromkeys(map(letters_only, names)))


def _flatness(tradition: Tradition, kind: str) -> float:
    if kind != "families":
        return COMMON_GIVEN_FLATNESS
    return ENGLISH_FAMILY_FLATNESS if tradition is ENGLISH else tradition.flatness


def _nicknames() -> dict[str, list[str]]:
    families = {letters_only(name) for tradition in TRADITIONS for name in tradition.families if tradition is not ENGLISH}
    spellings = NICKNAMES | {name: forms for tradition in TRADITIONS for name, forms in tradition.variants.items()}
    cleaned = {letters_only(name): [letters_only(form) for form in forms] for name, forms in spellings.items()}
    return {name: forms for name, forms in cleaned.items() if name not in families}


def letters_only(name: str) -> str:
    """A name in capitals, without blanks, hyphens and apostrophes."""
    return re.sub("[^A-Z]", "", name.upper())


def _composed(order: np.random.Generator, count: int, starts: str, middles: str, ends: str) -> list[str]:
    """That many distinct names of a start, one or two middles with a vowel between, and an end; in no order of spelling."""
    first, middle, last = starts.upper().split(), middles.upper().split(), ends.upper().split()
    found: dict[str, None] = {}
    while len(found) < count:
        picks = order.integers(0, 1 << 30, (count, 5))
        for a, b, c, d, e in picks.tolist():
            inner = middle[b % len(middle)]
            if e % 3 == 0:
                inner += "AEIOU"[e % 5] + middle[d % len(middle)]
            found[first[a % len(first)] + inner + last[c % len(last)]] = None
    return [name for name in found if len(name) > 2][:count]


def _coded(codes: dict[str, int], names: Iterable[str]) -> Ints:
    return np.array([codes.setdefault(name, len(codes)) for name in names], np.int32)


def _steps(count: int, flatness: float, steepness: float) -> Floats:
    weights = (np.arange(count) + flatness) ** -steepness
    steps: Floats = np.cumsum(weights) / weights.sum()
    steps[-1] = 1.0
    return steps
