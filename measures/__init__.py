"""Figures about the area and its organisations, and the report drawn from them: counts, never a person.

Every measure returns raw figures in the columns of `schemas.aggregate.Measure`. Small numbers are withheld afterwards,
by governance; nothing here may be shown to anybody before that.
"""
