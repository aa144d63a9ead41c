"""The night, as a story. Each line is one step; the work is where the line points.

The steps between the bars run in a child process that has no key and does not know where the vault is.
"""

from __future__ import annotations

from pipelines import attacking, outputs, publish, steps
from pipelines.analytic import in_child
from pipelines.night import Step

STORY: list[Step] = [
    Step("preflight", "Preflight", steps.preflight),
    Step("land", "Land and check extracts", steps.land, retries=2),
    Step("people", "Standardise people", steps.people),
    Step("link", "Link records to people", steps.link),
    Step("assign", "Assign person ids in the vault", steps.assign),
    Step("opt_outs", "Honour opt-outs", steps.opt_outs),
    Step("pseudonymise", "Pseudonymise", steps.pseudonymise),
    # ------------------------------------------------------------------ the wall
    Step("features", "Build features", in_child("features")),
    Step("models", "Fit the models, or keep them", in_child("models")),
    Step("scores", "Score people", in_child("scores")),
    Step("assure", "Assure the models", in_child("assure")),
    Step("select", "Select by capacity", in_child("select")),
    Step("reasons", "Give reasons", in_child("reasons")),
    Step("propose", "Propose to professionals", in_child("propose")),
    Step("measures", "Measure", in_child("measures")),
    # ------------------------------------------------------------------ the wall
    Step("outputs", "Write lists and report", outputs.write_outputs),
    Step("attack", "Attack the outputs as an intruder would", attacking.gate),
    Step("publish", "Publish", publish.publish, keeps_receipt=False),
]
