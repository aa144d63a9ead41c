"""Write a new root key to the path given: a key that is not the project's."""

from __future__ import annotations

import sys
from pathlib import Path

from governance.keys import create_root_key

create_root_key(Path(sys.argv[1]))
