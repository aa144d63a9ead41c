"""What the tests of governance share: a key nobody uses, and a vault with no night yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.keys import Domain, DomainKey, RootKey
from tests.governance_drawings import Nights


@pytest.fixture
def root() -> RootKey:
    """The root key of the published test vectors."""
    return RootKey(bytes(range(32)))


@pytest.fixture
def working(root: RootKey) -> DomainKey:
    """The night's own domain."""
    return DomainKey(root, Domain("night", "working", 1))


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    """A vault with no night yet."""
    return Nights(tmp_path / "vault.db")
