"""The notice to the public: short sentences, no word that a neighbour would not use, whom to ask, and how to say no."""

from __future__ import annotations

from governance.papers.facts import Facts, OrganisationFact, PurposeFact, gap, head

GROUNDS = {
    "section 251": "The law lets us do this without asking each person first. It is called section 251 of the NHS Act 2006.",
    "direct care": "It is part of your care.",
    "explicit consent": "We do this only for people who have said yes. You may take your yes back at any time.",
    "legal duty": "The law says that we have to.",
    "public interest": "We do this because it protects people, and we have written down why.",
    "anonymised": "Nobody can be recognised in what is used for this.",
    "gp case finding": "Your GP practice does this for its own patients.",
}
SAY_NO = {
    "national": "the **national data opt-out**: look for *your NHS data matters* on the NHS website, or ring 0300 303 5678",
    "type 1": "a **Type 1 opt-out**: tell your GP practice. It keeps your GP record out of uses beyond your own care",
    "risk stratification": "an **objection to being found this way**: tell your GP practice",
    "local": "a **local opt-out**: write to one of the organisations named at the end",
}
# What is kept, in words for people outside.
KEPT = {
    "published night": "lists and figures, with a code in place of each name",
    "vault night": "the locked tables that say who is who",
    "landed file": "the records as they were sent to us",
    "audit payload": "the reasons that people gave when they looked at a name",
}
KEPT_ALWAYS = "- the codes that stand for people, and the log of who saw a name: as long as this service runs"
RIGHTS = """You may ask us

- what we hold about you, and for a copy of it
- to put right what is wrong
- to stop using it, for a time or for good
- who has seen your record.

Write to one of the organisations named at the end. Say your name, and how we can reach you. If the law does not let us do what
you ask, we tell you why. You can also write to the Information Commissioner, who looks after these rights: ico.org.uk."""
# Words of the trade that an area's own descriptions of its purposes may hold, and what they mean.
EXPLAINED = {
    "pseudonymised": "a code stands in place of your name. Only a locked key can turn it back",
    "anonymised": "nobody can tell any more whose record it was",
    "multidisciplinary": "people from several professions work together",
}


def notice(facts: Facts) -> str:
    """A page or two in plain words. What nobody has written down yet stands there as a gap."""
    parts = [
        head("How we use your health and care records", facts, "For everybody who lives here or is cared for here."),
        "## What we do",
        "Hospitals, GP practices and the council each know a part of your care. We put these parts together. Then we can "
        "see who may "
        "need more help, and offer it.",
        "A computer does the counting. It decides nothing. A nurse or another professional looks at each case and talks "
        "to the person.",
        "## Which records we use",
        "\n".join(f"- {words}" for words in _records(facts)) or gap("which records are used, and on what basis"),
        "## What we use them for",
        *(_purpose(facts, each) for each in facts.purposes),
        *(gap(f"what is done under the purpose {name}, and on what ground") for name in facts.missing_purposes),
        "## How we look after them",
        "Your name is kept in one locked place. People who count and plan see a code in place of your name. A "
        "professional who cares "
        "for you can see your name. The computer writes down each time that she does.",
        "We do not sell your data. We do not use it for insurance or marketing.",
        "## Who gets them",
        "\n".join(_recipients(facts)),
        _abroad(facts),
        "## How long we keep them",
        "\n".join(_kept(facts)),
        "## How to say no",
        "You can say no to uses beyond your own care. It will not change the care that you get.",
        "\n".join(f"- {SAY_NO[name]}." for name in _stopping(facts)) or "- Ask one of the organisations named at the end.",
        "## Your rights",
        RIGHTS,
        "## Who is responsible",
        "\n".join(_controller(each) for each in facts.controllers()) or gap("who is responsible, and how to reach them"),
    ]
    text = "\n\n".join(parts) + "\n"
    return text + _explained(text)


def _records(facts: Facts) -> list[str]:
    return sorted({facts.plain_sources[each.source] for each in facts.bases if each.source in facts.plain_sources})


def _purpose(facts: Facts, purpose: PurposeFact) -> str:
    """What for, on what ground, and the conditions of the two articles as the bases of this purpose name them."""
    bases = [each for each in facts.bases if each.purpose == purpose.id]
    grounds = []
    for article, said in (("6", [each.article_6 for each in bases]), ("9", [each.article_9 for each in bases])):
        named = sorted({each for each in said if each})
        missing = not named or None in said
        grounds += named + ([gap(f"the condition of UK GDPR Article {article} for this")] if missing else [])
    law = "In data protection law this rests on:\n\n" + "\n".join(f"- {each}" for each in grounds)
    return f"**{purpose.description}.** {GROUNDS[purpose.flow]} {law}"


def _recipients(facts: Facts) -> list[str]:
    """One line for each category of recipients, with the names of those in it; then whoever works on the data for us."""
    lines = []
    for words in dict.fromkeys(each.in_plain_words for each in facts.recipients):
        names = sorted(each.name for each in facts.recipients if each.in_plain_words == words and each.name)
        lines.append(f"- {words}" + (f" They are: {', '.join(names)}." if names else ""))
    return [*lines, *(f"- {each.name} works for us. {each.does or gap('what it does')}." for each in facts.processors())]


def _abroad(facts: Facts) -> str:
    said = facts.transfers[0]
    return f"{said.rstrip('.')}." if said else gap("whether data leave the United Kingdom")


def _kept(facts: Facts) -> list[str]:
    said = [f"- {KEPT[each.artefact]}: {_long(each.days)}" for each in facts.retention if each.artefact in KEPT]
    missing = [f"- {KEPT[name]}: {gap('how long')}" for name in facts.missing_retention if name in KEPT]
    return [*said, *missing, KEPT_ALWAYS]


def _long(days: int) -> str:
    """`8 years`, where it is whole years; else days."""
    years, rest = divmod(days, 365)
    return f"{days:,} days" if rest else f"{years} year{'s' if years > 1 else ''}"


def _stopping(facts: Facts) -> list[str]:
    named = {name for each in facts.purposes for name in each.stopped_by}
    return [name for name in SAY_NO if name in named]


def _controller(one: OrganisationFact) -> str:
    officer = one.data_protection_officer or gap("how its data protection officer is reached")
    return f"- **{one.name}**: {one.contact or gap('how it is reached')}. Data protection officer: {officer}."


def _explained(text: str) -> str:
    found = [f"- *{word}*: {words}." for word, words in EXPLAINED.items() if word in text.lower()]
    return "\n## Words\n\n" + "\n".join(found) + "\n" if found else ""
