"""Errors: a code, a message and a cure; what crosses a task boundary keeps no context and no value."""

from __future__ import annotations

import pickle
import traceback

import pytest

import schemas.table
from schemas.errors import (
    AlreadyRunningError,
    CaselinkError,
    ConfigurationError,
    GateError,
    GovernanceError,
    ZoneError,
    coded,
)

SECRET = "Wilhelmina 9434765919"

EXIT_CODES = {
    CaselinkError: 1,
    ConfigurationError: 2,
    GateError: 3,
    GovernanceError: 4,
    ZoneError: 4,
    AlreadyRunningError: 6,
}


@pytest.mark.parametrize(("kind", "exit_code"), EXIT_CODES.items())
def test_kinds_have_exit_codes_and_travel_whole(kind: type[CaselinkError], exit_code: int) -> None:
    error = pickle.loads(pickle.dumps(kind("E-MADE-UP", "it went wrong.", cure="mend it")))  # noqa: S301
    assert type(error) is kind
    assert error.exit_code == exit_code
    assert (error.code, error.message, error.cure) == ("E-MADE-UP", "it went wrong.", "mend it")
    assert str(error) == "E-MADE-UP: it went wrong. Cure: mend it"


def test_without_a_cure_none_is_promised() -> None:
    assert str(CaselinkError("E-MADE-UP", "it went wrong.")) == "E-MADE-UP: it went wrong."


def lookup(value: str) -> int:
    return {"known": 1}[value]


def chained(value: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise KeyError(value) from error


def undecodable(value: str) -> str:
    return (value.encode() + b"\xff").decode()


def known_refusal_in_an_except_block(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ConfigurationError("E-MADE-UP", "a number was expected.", cure="give one")  # noqa: B904


def as_a_night_would(work: object) -> CaselinkError:
    with pytest.raises(CaselinkError) as refusal:
        coded(work, SECRET)  # type: ignore[arg-type]
    return refusal.value


@pytest.mark.parametrize("work", [lookup, chained, undecodable, known_refusal_in_an_except_block])
def test_nothing_of_the_original_is_left(work: object) -> None:
    error = as_a_night_would(work)
    assert error.__cause__ is None
    assert error.__context__ is None
    told = "".join(traceback.format_exception(error)) + repr(error) + str(vars(error))
    for part in SECRET.split():
        assert part not in told
        assert part.encode() not in pickle.dumps(error)


def test_an_unknown_error_is_named_by_type() -> None:
    error = as_a_night_would(lookup)
    assert (error.code, type(error)) == ("E-INTERNAL", CaselinkError)
    assert error.message == "KeyError at an unknown line."


def test_an_unknown_error_is_placed_at_the_line_of_our_own_code() -> None:
    error = as_a_night_would(lambda value: schemas.table.Table.empty.__func__(value))  # type: ignore[attr-defined]
    assert error.message.startswith("AttributeError at schemas.table:")


def test_a_coded_error_keeps_its_kind_and_words() -> None:
    error = as_a_night_would(known_refusal_in_an_except_block)
    assert (type(error), error.code, error.cure) == (ConfigurationError, "E-MADE-UP", "give one")


def test_work_that_succeeds_answers() -> None:
    assert coded(lookup, "known") == 1
    assert coded(int, "ff", base=16) == 255


def test_a_stop_from_the_keyboard_is_not_an_error() -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        coded(stopped)
