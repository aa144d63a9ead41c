"""What a night does with people's data: the purposes that a project declares, and that every feature names one of."""

from __future__ import annotations

RISK_STRATIFICATION = "risk-stratification"  # link, pseudonymise, score, select, propose
CASE_MANAGEMENT = "case-management"  # the lists of the teams
POPULATION_ANALYSIS = "population-analysis"  # the analysts' tables, one row per person
NIGHT_PURPOSES = (RISK_STRATIFICATION, CASE_MANAGEMENT, POPULATION_ANALYSIS)
