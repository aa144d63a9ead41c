"""Names in one form: upper case, base letters, no titles, no punctuation; words that stand for no name are no name.

Every function works on an Arrow array of distinct names, once for all the records that carry them. Letters are compared as code
points, so a name in Arabic, Greek or Hangul letters is a name like any other; only accents are folded to their base letter.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

# Longer is not a name but a slip (a note typed into the field); it bounds the work of every later comparison.
LONGEST_NAME = 100

# Marks that join rather than part: O'BRIEN, O’BRIEN and OBRIEN are one name. All else that is no letter parts two words.
JOINING_MARKS = r"['’‘`´ʼʻ′.]"
# Arrow knows these capitals of Unicode 16 and 17; its patterns do not know yet that they are letters.
NEW_CAPITALS = r"\x{A7CB}\x{A7D2}\x{A7D4}\x{A7DC}\x{A7DD}\x{A7E2}\x{AB6C}\x{AB6D}"
NOT_LETTERS = rf"[^\p{{L}}\p{{M}}{NEW_CAPITALS}]+"
# Combining accents of European scripts and the vowel marks of Arabic. Vowel signs of Indic scripts are letters of the name.
ACCENTS = r"[\x{0300}-\x{036f}\x{064b}-\x{0652}]"
# Letters that no decomposition folds.
BASE_LETTERS = {
    "Ł": "L", "Ø": "O", "Đ": "D", "Ð": "D", "Ħ": "H", "Ŧ": "T", "Æ": "AE", "Œ": "OE", "Þ": "TH", "ẞ": "SS", "ß": "SS", "ı": "I",
}  # fmt: skip

TITLES = "MR|MRS|MISS|MS|MX|DR|PROF|PROFESSOR|REV|REVD|REVEREND|SIR|DAME|LADY|LORD|MASTER|FR|SISTER|CLLR|CAPT|COL|MAJ|SGT"
SUFFIXES = "JNR|SNR|JR|SR|ESQ|MBE|OBE|CBE"
# Words that are no name alone: joined to what follows, VAN DER BERG is one word and shares nothing with VAN DER MEER.
GIVEN_PARTICLES = "ABDUL|ABDU|ABD|ABU|ST"
FAMILY_PARTICLES = (
    "ABDUL|ABD|ABU|AL|EL|UL|BIN|BEN|IBN|DE|DA|DI|DU|DO|DEL|DELLA|DER|DEN|DOS|DAS|LA|LE|LO|VAN|VON|TER|TEN|ST|SAINT|O|MC|MAC|FITZ"
)

_UNKNOWN = (
    "UNKNOWN(?: .*)?|NOT (?:KNOWN|STATED|GIVEN|RECORDED|AVAILABLE|SPECIFIED|PROVIDED)|NO (?:NAME|FORENAME|SURNAME)|N A|N K|NK|UNK"
    "|NIL|NONE|NULL|TBC|ANON|ANONYMOUS|REFUSED|WITHHELD|X+"
)
# A new-born's place in the ward stands where her name will be; NA is "not applicable" (and lost as a given name).
NO_GIVEN_NAME = (
    rf"^(?:(?:BABY|TWIN|TRIPLET|INFANT|NEWBORN|UNNAMED)(?: .*)?|(?:FIRST|SECOND|THIRD) (?:TWIN|TRIPLET)|{_UNKNOWN}"
    "|NA|FORENAME|FIRSTNAME|BOY|GIRL|MALE|FEMALE|BABYBOY|BABYGIRL)$"
)
# Baby, Twin and Na are family names that people have.
NO_FAMILY_NAME = rf"^(?:{_UNKNOWN}|SURNAME|LASTNAME|FAMILY NAME)$"


def clean_names(names: Any) -> Any:
    """Names as upper-case words of base letters parted by one blank; null where nothing is left."""
    cleaned = pc.utf8_slice_codeunits(names, 0, LONGEST_NAME)
    cleaned = pc.replace_substring_regex(cleaned, JOINING_MARKS, "")
    cleaned = pc.utf8_upper(pc.utf8_normalize(cleaned, "NFKD"))
    cleaned = pc.utf8_normalize(pc.replace_substring_regex(cleaned, ACCENTS, ""), "NFC")
    for letter, base in BASE_LETTERS.items():
        cleaned = pc.replace_substring(cleaned, letter, base)
    cleaned = _trimmed(pc.replace_substring_regex(cleaned, NOT_LETTERS, " "))
    cleaned = pc.replace_substring_regex(cleaned, rf"^(?:(?:{TITLES}) )+", "")
    cleaned = pc.replace_substring_regex(cleaned, rf"(?: (?:{SUFFIXES}))+$", "")
    return pc.if_else(pc.equal(cleaned, ""), pa.scalar(None, pa.string()), cleaned)


def given_names(cleaned: Any) -> Any:
    """Cleaned names as given names: null for the words that mean that none is known; particles joined to their word."""
    return _joined(_without(cleaned, NO_GIVEN_NAME), GIVEN_PARTICLES)


def family_names(cleaned: Any) -> Any:
    """Cleaned names as family names: null for the words that mean that none is known; particles joined to their word."""
    return _joined(_without(cleaned, NO_FAMILY_NAME), FAMILY_PARTICLES)


def whole_names(cleaned: Any) -> Any:
    """All words as one: MARY JANE, MARY-JANE and MARYJANE are equal."""
    return pc.replace_substring(cleaned, " ", "")


def first_words(cleaned: Any) -> Any:
    """The first word: of given names the one most used, of a double-barrelled family name one half."""
    return pc.replace_substring_regex(cleaned, " .*", "")


def last_words(cleaned: Any) -> Any:
    """The last word: of a double-barrelled family name the other half."""
    return pc.replace_substring_regex(cleaned, ".* ", "")


def _trimmed(names: Any) -> Any:
    return pc.utf8_trim_whitespace(names)


def _without(cleaned: Any, pattern: str) -> Any:
    return pc.if_else(pc.match_substring_regex(cleaned, pattern), pa.scalar(None, pa.string()), cleaned)


def _joined(cleaned: Any, particles: str) -> Any:
    """Every particle joined to the word behind it. A match takes the blank before it, so the second of two waits a turn."""
    for _ in range(2):
        cleaned = pc.replace_substring_regex(cleaned, rf"(^| |_)({particles}) ", r"\1\2_")
    return pc.replace_substring(cleaned, "_", "")
