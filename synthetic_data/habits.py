"""How carefully each source writes people down. Shares of records, for the English naming tradition unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Habits:
    """Error rates of one source.

    Numbers: `number` is the share with a number at all; `of_another` carries somebody else's, `placeholder` a filler, `digit` one
    wrong digit, `spreadsheet` what a spreadsheet left of it (`9.43E+09`), `decimal` a harmless `.0`, `spaced` 3 3 4; `old` is the
    share of superseded numbers still in use; `verified` the share of right numbers with status 01.
    Names (`nickname`, `typing`, `no_given`, `old_family`), dates (`date`, `no_date`), `gender`, and addresses (`old_home`: of
    those who moved, `no_home`, `bad_home`: typing, `pseudo`) likewise. `baby`: newborns without a name of their own.
    """

    source: str
    number: float
    verified: float = 0.97
    of_another: float = 0.0003
    placeholder: float = 0.0005
    digit: float = 0.0005
    spreadsheet: float = 0.0
    decimal: float = 0.0
    spaced: float = 0.0
    old: float = 0.30
    nickname: float = 0.0
    typing: float = 0.0
    no_given: float = 0.0
    old_family: float = 0.35
    date: float = 0.003
    no_date: float = 0.0005
    gender: float = 0.001
    old_home: float = 0.10
    no_home: float = 0.003
    bad_home: float = 0.004
    pseudo: float = 0.003
    baby: float = 0.0


SUS_APC = Habits("sus_apc", 0.972)
SUS_OP = Habits("sus_op", 0.976)
ECDS = Habits("ecds", 0.924, verified=0.93, placeholder=0.002, date=0.009, no_date=0.004, gender=0.003, old_home=0.16,
              no_home=0.012, bad_home=0.008, pseudo=0.010)  # fmt: skip
CSDS = Habits("csds", 0.952, spaced=0.02, decimal=0.002, nickname=0.05, typing=0.018, date=0.006, old_home=0.14, baby=0.03)
MHSDS = Habits("mhsds", 0.932, verified=0.94, placeholder=0.001, nickname=0.05, typing=0.020, date=0.008, no_date=0.002,
               old_home=0.20, no_home=0.01, pseudo=0.02)  # fmt: skip
GP = Habits("gp", 0.9955, verified=0.995, of_another=0.0001, placeholder=0.0001, digit=0.0001, old=0.08, nickname=0.02,
            typing=0.006, old_family=0.12, date=0.0015, old_home=0.06, no_home=0.001, pseudo=0.001)  # fmt: skip
# Adult social care: the fewest numbers, typed from letters and spreadsheets, seldom traced.
ASC = Habits("asc_person", 0.72, verified=0.0, of_another=0.003, placeholder=0.004, digit=0.004, spreadsheet=0.006,
             decimal=0.01, spaced=0.12, old=0.5, nickname=0.10, typing=0.035, no_given=0.004, old_family=0.5, date=0.020,
             no_date=0.008, gender=0.004, old_home=0.22, no_home=0.01, bad_home=0.02, pseudo=0.004)  # fmt: skip
REGISTER = Habits("register", 1.0, verified=0.998, of_another=0.0, placeholder=0.0, digit=0.0, old=0.0, typing=0.001,
                  old_family=0.0, date=0.0004, no_date=0.0, gender=0.0003, old_home=0.0, no_home=0.001, bad_home=0.0,
                  pseudo=0.001)  # fmt: skip
