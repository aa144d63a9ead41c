"""docs/reference/extracts.md, made from `EXTRACTS` and the words beside the code. `make docs` writes it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from pipelines import odd_events
from pipelines.extracts import EXTRACTS, care_events, casting, costs, landing, plain, spells
from pipelines.extracts.codes import CLIENT_LEVEL, code_list
from pipelines.extracts.delivered import ENDINGS
from pipelines.extracts.layout import Extract, Field, TableLayout
from pipelines.extracts.lookups import LOOKUPS
from pipelines.governed import REFERRAL

NUMBERED = re.compile(r"^(.*_)(\d\d)$")

FILES = f"""
A source's files lie in `inbox/<source>/`. A file's name begins with its table's name (capitals do not matter; the longest
name wins) and holds the end of the period it speaks of: `2026-03-31`, `20260331`, `2026-03` or `202603`; the last date in
the name counts. Later files overlap earlier ones: by period, then by name, so that `..._2026-03_refresh.csv` follows
`..._2026-03.csv`. Endings: {", ".join(f"`{ending}`" for ending in ENDINGS)}. Text is UTF-8 (with or without a byte-order
mark), UTF-16 or Windows-1252; the header line decides between comma, pipe and tab. Excel workbooks and zip archives are not
read: save or unpack them.

Headers are compared in upper case, letters and digits only: `NHS NUMBER`, `NHS_NUMBER` and `NHSNumber` are one. Where a
supplier's names differ, see [how to map a supplier](../how-to/map-a-supplier.md). Columns that are not in the layout are
not read, and the night says so. Any subset of a layout loads, as long as the required columns are there.
"""

TYPES = """
Everything is read as text first. Dates: `2026-03-31`, `31/03/2026` (day first), `20260331`, with or without a time.
Money: pounds with or without `£` and thousands commas. Flags: Y/N, Yes/No, True/False, 1/0. Codes: compared trimmed and
without regard to case, zeros in front that a spreadsheet dropped put back. Values outside a code list, and other values
that cannot be read, are left out and counted. In coded columns `NULL` and `N/A` are empty. Dates that stand for none
(1800-01-01, 1801-01-01, 9999-12-31, ...) are empty.
"""

ATTENDED = """
One rule for every source: a contact counts where its attendance code is 5 (attended on time) or 6 (late, but was seen). A
contact without a code counts only where the layout below says so: in community and mental health contacts and in practice
appointments, not in outpatient appointments.
"""

OPT_OUTS = """
In `inbox/opt_outs/`, `*.csv`, in the form of the national check service: text in UTF-8, no header line (one without a digit
is passed over), one NHS number a row, followed by a comma, nothing else. Where nobody has opted out the file holds one row
with only a comma; an empty file stops the night, because taken for an empty list it would let everybody through. So does a
file in which more than 5 % of the rows hold no usable NHS number (numbers of the 9xx test range are usable only in a project
with `synthetic = true`), and one that cannot be read. Fewer unusable rows are counted and opt nobody out.

```text
9000000017,
9000000025,
```

A new file replaces the old one, in its place and under its name: every night reads all `*.csv` files that lie in the folder
and leaves out whoever is in any of them, so a list under a new name needs the old one taken away; of dated national lists the
latest one counts. A kind of list that the last night had must be there again. What names mean is in
[the how-to](../how-to/legal-bases.md).
"""

TRACED = """
In `inbox/traced/`, responses of a batch trace against the national register, put there by `caselink link trace import`: see
[NHS numbers for the council](../how-to/numbers-for-the-council.md). Every night reads all files that lie in the folder. A record
takes the number found for it as evidence, never against its date of birth or a verified number of its own. A file that cannot be
read gives no number, and the night says so.
"""


REFERRALS = """
In `inbox/referrals/`, CSV files in UTF-8 of any name, in which clinicians put people on the list or take them off it. They are
read only on a `[[basis]]` of the source `referrals`, table `referral`: see
[choose who is listed](../how-to/choose-who-is-listed.md#referrals).
"""


def reference_page() -> str:
    """The page as Markdown."""
    parts = [
        "# Extracts",
        "Generated from `pipelines/extracts/`. Change the words there, beside the code that they describe.",
        "Only the register is required. Every other source is optional, and the night says what is missing.",
        "## Files",
        FILES.strip(),
        "## Values",
        TYPES.strip(),
        "## What becomes of a delivery",
        *_module(landing),
        "### Rows and values",
        *_module(casting),
        "### Events that cannot be",
        *_module(odd_events),
        f"The grace after a death, in days: {_grace()}; none for other types.",
        "### Encodings",
        *_module(plain),
        "### Attendances",
        ATTENDED.strip(),
        "## Sources",
        _table(("source", "what", "calendar", "required"), map(_source_row, EXTRACTS)),
        *(part for extract in EXTRACTS for part in _source(extract)),
        "## Look-ups",
        "In `inbox/lookups/`. Without them councils, deprivation, localities and boards stay empty.",
        *(part for layout in LOOKUPS for part in _layout(layout)),
        "## Opt-outs",
        OPT_OUTS.strip(),
        "## Traced NHS numbers",
        TRACED.strip(),
        "## Referrals",
        REFERRALS.strip(),
        *_layout(REFERRAL),
        "## Costs",
        *_module(costs),
    ]
    return "\n\n".join(parts) + "\n"


def _grace() -> str:
    return ", ".join(f"{kind} {days}" for kind, days in odd_events.GRACE_DAYS.items())


def _module(module: object) -> Iterator[str]:
    """A module's own words: its tables are drawn, so they stay as they are."""
    head, _, rest = (inspect.getdoc(module) or "").partition("\n\n")
    yield head
    if rest:
        yield f"```text\n{rest}\n```"


def _source_row(extract: Extract) -> tuple[str, ...]:
    return (f"`{extract.source}`", extract.title, extract.calendar, "yes" if extract.required else "")


def _source(extract: Extract) -> Iterator[str]:
    yield f"### {extract.title} (`{extract.source}`)"
    yield f"People: {inspect.getdoc(extract.to_person_records)}"
    yield f"Activity: {' '.join((inspect.getdoc(extract.to_activity) or '').split())}"
    if extract.source == "sus_apc":
        yield "Spells. " + " ".join((inspect.getdoc(spells.spells) or "").split())
        yield " ".join((inspect.getdoc(spells.admission_type) or "").split())
    if extract.source == "cld":
        yield from _module(care_events)
    if extract.attributes:
        yield "Attributes carried: " + ", ".join(f"`{name}`" for name in extract.attributes) + "."
    for layout in extract.tables:
        yield from _layout(layout)


def _layout(layout: TableLayout) -> Iterator[str]:
    yield f"#### `{layout.name}`"
    yield f"{layout.title}." + ("" if layout.required else " Optional.")
    if layout.any_of:
        yield "At least one of " + ", ".join(f"`{name}`" for name in layout.any_of) + " must be there."
    if layout.person_key:
        derived = "without it, derived from the NHS number, or from birth date, names and postcode"
        yield f"Local patient id: {_key(layout.person_key)}; {derived}."
    if layout.event_key:
        yield f"A later row replaces an earlier one of the same {_key(layout.event_key)}."
    columns = ("column", "type", "required", "codes", "fills", "meaning", "also known as")
    yield _table(columns, map(_row, _grouped(layout.fields)))


def _key(alternatives: tuple[tuple[str, ...], ...]) -> str:
    named = (" + ".join(f"`{name}`" for name in names) for names in alternatives)
    return ", else ".join(named).replace("`_local_patient_id`", "local patient id")


def _grouped(fields: tuple[Field, ...]) -> Iterator[tuple[str, Field]]:
    """Fields with their names; a numbered run (DIAG_01, DIAG_02, ...) as one."""
    runs: dict[str, list[Field]] = {}
    for item in fields:
        found = NUMBERED.match(item.name)
        runs.setdefault(found[1] if found else item.name, []).append(item)
    for items in runs.values():
        first, last = items[0], items[-1]
        yield (f"`{first.name}`" + (f" to `{last.name}`" if last is not first else ""), first)


def _row(named: tuple[str, Field]) -> tuple[str, ...]:
    name, item = named
    required = "" if not item.required else "column" if item.may_be_empty else "yes"
    aliases = ", ".join(f"`{alias}`" for alias in item.aliases)
    return (name, item.type.value, required, _codes(item), f"`{item.person}`" if item.person else "", item.words, aliases)


def _codes(item: Field) -> str:
    if item.codes is None:
        return ""
    values = sorted(set(code_list(item.codes).kept.values()))
    short = ", ".join(values) if len(values) <= 12 and max(map(len, values)) <= 3 else f"{len(values)} values"
    listed = item.codes.removeprefix(CLIENT_LEVEL)
    return f"{listed}: {short}" + (" (known in part)" if item.partial else "")


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]] | map[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
