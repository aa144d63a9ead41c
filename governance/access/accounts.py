"""One user, one name: however an account's name is written, it counts for the same user.

Limits, reviews, acceptances and approvals go by the account. Which names are one human's is the caller's to know: give the stable
subject of the sign-in service (OpenID Connect `sub`), never a name that a user can choose or that a second service spells anew.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from schemas.errors import GovernanceError

UNSEEN = ("Cc", "Cf", "Co", "Cs", "Cn")  # Unicode's categories of controls, format marks, private and unassigned characters
# Letters and marks that are drawn as nothing: joiners, fillers, variation selectors (what of Unicode's
# Default_Ignorable_Code_Point is of no category above), and Braille's blank.
DRAWN_AS_NOTHING = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


@lru_cache(maxsize=10_000)  # the same name at every row of a page; a refusal is never kept
def account(name: str) -> str:
    """The name as it is compared and kept: compatibility forms plain (NFKC), blanks single, small letters.

    Raises `GovernanceError` `E-ACCESS-TEXT` where it is empty or holds a character that cannot be seen.
    """
    if DRAWN_AS_NOTHING.search(name) or any(unicodedata.category(letter) in UNSEEN for letter in name.strip()):
        raise GovernanceError("E-ACCESS-TEXT", "an account's name holds a character that cannot be seen.")
    plain = " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
    if not plain:
        raise GovernanceError("E-ACCESS-TEXT", "an account has no name.", cure="sign in")
    return plain
