"""A project whose council sends tokens: a copy of another one with the council's files turned into tokens beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

from governance.transit import create_transit_key
from pipelines.tokenise import TOKENISED, tokenise

TRANSIT = """
[[transit]]
source = "{source}"
key_file = "secrets/transit.key"
check_value = "{check_value}"
reference = "EXAMPLE/TRANSIT/1"
"""


def tokenised_area(example: Path, project: Path, council: Path) -> Path:
    """`project`, made from `example`; the council's clear files and its copy of the key are left in `council`."""
    shutil.copytree(example, project)
    council.mkdir(mode=0o700)
    key = create_transit_key(council / "transit.key")
    shutil.copy2(council / "transit.key", project / "secrets" / "transit.key")
    shutil.move(project / "truth", council / "truth")  # names the council's records
    settings = (project / "caselink.toml").read_text(encoding="utf-8")
    for source in TOKENISED:
        shutil.move(project / "inbox" / source, council / source)
        for file in sorted((council / source).iterdir()):
            tokenise(source, file, council / "transit.key", project / "inbox" / source, synthetic=True)
        settings += TRANSIT.format(source=source, check_value=key.check_value)
    (project / "caselink.toml").write_text(settings, encoding="utf-8")
    return project
