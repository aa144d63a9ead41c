"""The groups of features, in one place: what a model's reasons are added up by, and what a group is about, in words."""

from __future__ import annotations

from stratify.words import WORDS

COST = "cost"
FEEDS = "feeds"

# Group: what its features tell. Every feature names one of these; reasons have words for each that a model may read.
GROUPS: dict[str, str] = {
    "age": "how old",
    "sex": "stated gender",
    "deprivation": "deprivation of the area of residence",
    "registration": "how long registered",
    **{service: f"{plural} and their pattern" for service, (_, plural) in WORDS.items()},
    "several services": "use across services: how many, how often, how scattered",
    "time in hospital": "nights in an acute hospital",
    "delayed discharge": "waiting to leave a hospital bed",
    "reablement": "short-term help to get back on one's feet",
    "living situation": "where the person lives",
    "carer": "caring, and being cared for",
    "long-term conditions": "the practice's registers",
    "medicines": "repeat prescriptions",
    "lifestyle": "smoking and body mass",
    "frailty": "frailty indices",
    "falls": "falls and what comes of them",
    "diagnoses": "what hospitals diagnosed",
    COST: "what services cost; no model reads it",
    FEEDS: "which feeds did not arrive, or too late; no model reads it",
}
