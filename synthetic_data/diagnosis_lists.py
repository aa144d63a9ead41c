"""Diagnoses and procedures of the fictional hospitals: real ICD-10 (without dot) and OPCS-4 codes, made-up frequencies."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Primary:
    """A primary diagnosis of emergencies: weight at child, adult and old age; `lift` of the weight where `condition` is there.

    `complaint` and `finding` are SNOMED CT concepts of the same visit in A&E.
    """

    code: str
    child: float
    adult: float
    old: float
    finding: str
    complaint: str = "21522001"
    condition: str | None = None
    lift: float = 1.0


BREATH, CHEST, BELLY, FALL, FEVER, HEAD, LIMB, COLLAPSE, UNWELL, MIND, BLEED = (
    "267036007", "29857009", "21522001", "161898004", "386661006", "25064002", "90834002", "271594007", "213257006",
    "6471006", "131148009",
)  # fmt: skip

PRIMARIES = (
    Primary("J181", 3, 4, 12, "233604007", BREATH),
    Primary("N390", 2, 4, 10, "68566005", FEVER),
    Primary("A419", 1, 2, 7, "91302008", FEVER),
    Primary("J440", 0, 0.2, 0.3, "195951007", BREATH, "COPD", 60),
    Primary("I500", 0, 0.1, 0.4, "42343007", BREATH, "HF", 40),
    Primary("I489", 0, 1.0, 1.5, "49436004", CHEST, "AF", 8),
    Primary("I200", 0, 0.6, 0.8, "194828000", CHEST, "CHD", 14),
    Primary("E106", 0.3, 0.1, 0.1, "420422005", UNWELL, "DM", 6),
    Primary("E116", 0, 0.1, 0.2, "420662003", UNWELL, "DM", 10),
    Primary("J459", 0.8, 0.6, 0.1, "195967001", BREATH, "AST", 10),
    Primary("G409", 0.5, 0.2, 0.2, "84757009", COLLAPSE, "EP", 60),
    Primary("F03X", 0, 0, 0.2, "52448006", MIND, "DEM", 12),
    Primary("D509", 0.1, 0.5, 1.0, "87522002", UNWELL),
    Primary("R074", 0.5, 8, 4, "29857009", CHEST),
    Primary("R104", 4, 7, 2, "21522001", BELLY),
    Primary("K529", 3, 2, 2, "25374005", BELLY),
    Primary("K922", 0.1, 1.5, 2, "74474003", BLEED),
    Primary("L031", 1, 3, 4, "128045006", LIMB),
    Primary("S720", 0, 0.2, 6, "5913000", FALL),
    Primary("S099", 3, 2, 4, "82271004", FALL),
    Primary("S525", 2, 1.2, 1.5, "263102004", FALL),
    Primary("R55X", 0.5, 2, 4, "271594007", COLLAPSE),
    Primary("R296", 0, 0.3, 5, "161898004", FALL),
    Primary("N179", 0.1, 1, 4, "14669001", UNWELL),
    Primary("E871", 0, 0.4, 2, "89627008", UNWELL),
    Primary("I639", 0, 1, 4, "432504007", COLLAPSE),
    Primary("I219", 0, 1.5, 2.5, "57054005", CHEST),
    Primary("I269", 0, 0.8, 1.0, "59282003", BREATH),
    Primary("K359", 1.5, 2, 0.2, "74400008", BELLY),
    Primary("K802", 0, 2, 1.2, "235919008", BELLY),
    Primary("J069", 8, 1, 0.5, "54150009", FEVER),
    Primary("J219", 7, 0, 0, "4120002", BREATH),
    Primary("B349", 8, 1.5, 0.5, "34014006", FEVER),
    Primary("R509", 3, 0.6, 0.5, "386661006", FEVER),
    Primary("N201", 0, 1.8, 0.6, "95570007", BELLY),
    Primary("F101", 0, 2, 0.5, "25702006", MIND),
    Primary("T391", 0.8, 2.5, 0.2, "212823003", MIND),
    Primary("R51X", 0.8, 2.5, 0.5, "25064002", HEAD),
    Primary("F329", 0.2, 1.0, 0.4, "35489007", MIND, "DEP", 2.5),
    Primary("F209", 0, 0.2, 0.1, "58214004", MIND, "MH", 12),
)

# Secondary codes of frailty and of being ill in hospital: share of admissions in old age at log need 2.
SECONDARIES = (
    ("R296", 0.13), ("W19X", 0.10), ("F059", 0.06), ("R410", 0.09), ("E86X", 0.09), ("E876", 0.06), ("N390", 0.10),
    ("L899", 0.045), ("R268", 0.07), ("R54X", 0.06), ("Z742", 0.05), ("Z602", 0.09), ("B962", 0.06), ("T835", 0.03),
    ("S009", 0.05), ("R32X", 0.04), ("R33X", 0.05), ("H919", 0.04), ("N179", 0.12), ("I951", 0.06), ("R55X", 0.05),
    ("D649", 0.10), ("K590", 0.08), ("E559", 0.05), ("J960", 0.05), ("R13X", 0.03), ("Z501", 0.03), ("M199", 0.09),
)  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """A planned admission: weight, treatment function, primary ICD-10, OPCS-4 procedures, share of day cases, ages."""

    weight: float
    function: str
    code: str
    procedures: tuple[str, ...]
    day_case: float
    youngest: int = 18
    oldest: int = 110


PLANNED = (
    Planned(14, "130", "H259", ("C751", "C712", "Y731"), 0.99, 50),
    Planned(12, "301", "K573", ("H229", "Z282"), 0.97),
    Planned(8, "301", "K219", ("G459", "Z272"), 0.98),
    Planned(7, "110", "M169", ("W371", "Z843"), 0.03, 45),
    Planned(7, "110", "M179", ("W401", "Z846"), 0.03, 45),
    Planned(6, "110", "M232", ("W822", "Z846"), 0.92),
    Planned(6, "100", "K409", ("T202", "Z942"), 0.80),
    Planned(5, "100", "K802", ("J183", "Y752"), 0.45),
    Planned(6, "101", "C679", ("M453",), 0.85, 50),
    Planned(8, "370", "C509", ("X721",), 0.95, 30),
    Planned(6, "303", "C833", ("X731",), 0.93, 30),
    Planned(5, "320", "I251", ("K633", "Y973"), 0.75, 40),
    Planned(5, "502", "N840", ("Q181",), 0.85),
    Planned(5, "340", "G473", ("U338",), 0.80, 25),
    Planned(4, "330", "C443", ("S065", "Z474"), 0.98, 40),
    Planned(3, "120", "J350", ("F341",), 0.55, 2, 40),
    Planned(3, "420", "Q539", ("N082",), 0.85, 0, 17),
    Planned(3, "140", "K010", ("F091",), 0.95, 5, 60),
    Planned(5, "191", "M545", ("A521", "Z675"), 0.98, 30),
)
DELIVERY_CODES, BIRTH_CODE = ("O800", "O821", "O700", "O721", "O240"), "Z380"
OUTPATIENT_FUNCTIONS = (
    ("110", 10.0), ("130", 9.0), ("101", 4.0), ("120", 5.0), ("140", 3.0), ("301", 5.0), ("303", 4.0), ("307", 2.0), ("320", 5.0),
    ("330", 6.0), ("340", 4.0), ("361", 2.5), ("400", 3.5), ("410", 4.0), ("420", 5.0), ("430", 2.5), ("501", 3.0), ("502", 5.0),
    ("650", 7.0), ("370", 5.0), ("100", 5.0),
)  # fmt: skip
