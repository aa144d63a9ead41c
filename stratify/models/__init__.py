"""Fitted models: only these are called risk scores. Rules and published indices are in `stratify/scores`.

`fit` and `predict` take any person-level table; what each column adds is told by `contributions`.
"""

from stratify.models.tabular.fitting import Checked, Fitted, fit
from stratify.models.tabular.table_model import Contributions, TableModel, contributions, predict

__all__ = ["Checked", "Contributions", "Fitted", "TableModel", "contributions", "fit", "predict"]
