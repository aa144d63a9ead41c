"""The notice to the public: short sentences, no word that a neighbour would not use, and how to say no."""

from __future__ import annotations

from governance.papers.facts import Facts, PurposeFact, head

GROUNDS = {
    "section 251": "The law lets us do this without asking each person first. It is called section 251 of the NHS Act 2006.",
    "direct care": "It is part of your care.",
    "explicit consent": "We do this only for people who have said yes.",
    "legal duty": "The law says that we have to.",
    "public interest": "We do this because it protects people, and we have written down why.",
    "anonymised": "Nobody can be recognised in what is used for this.",
    "gp case finding": "Your GP practice does this for its own patients.",
}
SAY_NO = {
    "national": "the **national data opt-out**: look for *your NHS data matters* on the NHS website, or ring 0300 303 5678",
    "type 1": "a **Type 1 opt-out**: tell your GP practice. It keeps your GP record out of uses beyond your own care",
    "risk stratification": "an **objection to being found this way**: tell your GP practice",
    "local": "a **local opt-out**: write to the organisation named at the end",
}


def notice(facts: Facts) -> str:
    """One page in plain words."""
    parts = [
        head("How we use your health and care records", facts, "You may keep this page."),
        "## What we do",
        "Hospitals, GP practices and the council each know a part of your care. We put these parts together. Then we can "
        "see who may "
        "need more help, and offer it.",
        "A computer does the counting. It decides nothing. A nurse or another professional looks at each case and talks "
        "to the person.",
        "## Which records we use",
        "\n".join(
            f"- {words}" for words in sorted({facts.sources[each.source] for each in facts.bases if each.source in facts.sources})
        ),
        "## What we use them for",
        *(_purpose(each) for each in facts.purposes),
        "## How we look after them",
        "Your name is kept in one locked place. People who count and plan see a code in place of your name. A "
        "professional who cares "
        "for you can see your name. The computer writes down each time that she does. You may ask who has seen your record.",
        "We do not sell your data. We do not use it for insurance or marketing.",
        "## How to say no",
        "You can say no to uses beyond your own care. It will not change the care that you get.",
        "\n".join(f"- {SAY_NO[name]}." for name in _stopping(facts)) or "- Ask the organisation named at the end.",
        "## Who is responsible",
        "\n".join(f"- {name}" for name in sorted({each.controller for each in facts.bases})),
        "If you are not happy with our answer you can write to the Information Commissioner: ico.org.uk.",
    ]
    return "\n\n".join(parts) + "\n"


def _purpose(purpose: PurposeFact) -> str:
    """`id` stands as a comment, so that a purpose without its paragraph is found."""
    return f"**{purpose.description}.** {GROUNDS[purpose.flow]} <!-- {purpose.id} -->"


def _stopping(facts: Facts) -> list[str]:
    named = {name for each in facts.purposes for name in each.stopped_by}
    return [name for name in SAY_NO if name in named]
