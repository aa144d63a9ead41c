"""Facts that an assurance form asks for, as far as the project itself can know them."""

from __future__ import annotations

from governance.papers.facts import Facts, head, table


def assurance(facts: Facts, nights: list[tuple[str, str, str]], checks: list[tuple[str, str]]) -> str:
    """Versions, nights (run id, date, outcome) and checks (what, answer)."""
    parts = [
        head(
            "Assurance facts",
            facts,
            "What the software knows of itself. Contracts, training and penetration tests are not its to know.",
        ),
        "## Versions",
        table(["what", "version"], sorted(facts.versions.items())),
        "## Checks",
        table(["check", "answer"], checks),
        "## Nights served",
        table(["run", "as at", "kind"], nights) if nights else "None yet.",
    ]
    return "\n\n".join(parts) + "\n"
