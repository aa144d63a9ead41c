"""Who answers for the data of an example project, and how she is reached: organisations and addresses that exist nowhere."""

from __future__ import annotations

from pipelines.example_bases import CONTROLLERS

ORGANISATION = """
[[organisation]]
name = "{name}"
role = "{role}"
contact = "{contact}"
data_protection_officer = "{officer}"
{more}"""

TRANSFERS = """
[transfers_abroad]
statement = "No data leave the United Kingdom"
reference = "EXAMPLE/TRANSFERS/1"
"""


PROCESSOR = """\
does = "It keeps the computers on which this runs"
agreement = "EXAMPLE/CONTRACT/1"
"""


def example_organisations() -> str:
    """The controllers of an example, one processor, and that nothing goes abroad, as TOML."""
    text = ""
    for name in dict.fromkeys(CONTROLLERS.values()):
        joint = 'agreement = "EXAMPLE/JOINT/1"\n'
        text += _organisation(name, "joint controller", "Information Governance, 1 Made-up Street", joint)
    return text + _organisation("Example Data Centre", "processor", "2 Made-up Street", PROCESSOR) + TRANSFERS


def _organisation(name: str, role: str, address: str, more: str) -> str:
    domain = "".join(letter for letter in name.lower() if letter.isalnum()) + ".example"
    contact, officer = f"{address}; ask@{domain}", f"dpo@{domain}"
    return ORGANISATION.format(name=name, role=role, contact=contact, officer=officer, more=more)
