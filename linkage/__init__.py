"""Who is this? Records of many sources to the persons of one register: tables in, tables out, no store and no clock.

from linkage import link_records, link_quality
linked = link_records(records, mergers)
linked.matches, linked.review_pairs, linked.conflicts, linked.waterfall

Without a register: any two files, or one with itself.

from linkage import link_files
link_files("left.parquet", "right.csv").table
"""

from linkage.cascade import link_records
from linkage.comparisons import COMPARISONS
from linkage.delta import Before
from linkage.encoding import Encoded
from linkage.files.linking import FilePairs, link_files
from linkage.model import Model, load_model
from linkage.outcome import Linked
from linkage.quality.rates import link_quality
from linkage.quality.waterfall import waterfall
from linkage.quality.weight_distribution import weight_distribution
from linkage.settings import LinkSettings
from linkage.standardise import standardise

__all__ = [
    "COMPARISONS", "Before", "Encoded", "FilePairs", "LinkSettings", "Linked", "Model", "link_files", "link_quality",
    "link_records", "load_model", "standardise", "waterfall", "weight_distribution",
]  # fmt: skip
