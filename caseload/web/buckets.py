"""How often one user may ask for one page: a bucket of tokens for each pair, filled steadily."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_BUCKETS = 50_000  # oldest go first: a bucket untouched for so long is full again


class Buckets:
    """`a_minute` requests for each key, as many at once after a pause. In memory: a restart forgets them."""

    def __init__(self, a_minute: int, *, timer: Callable[[], float] = time.monotonic) -> None:
        self._most, self._timer = float(a_minute), timer
        self._kept: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str, what: str) -> float:
        """Take one token: 0 where there was one, else the seconds until there is."""
        with self._lock:
            now = self._timer()
            left, at = self._kept.pop((who, what), (self._most, now))
            left = min(self._most, left + (now - at) * self._most / 60)
            wait = 0.0 if left >= 1 else (1 - left) * 60 / self._most
            self._kept[who, what] = (left - 1 if left >= 1 else left, now)
            while len(self._kept) > MOST_BUCKETS:
                self._kept.popitem(last=False)
            return wait
