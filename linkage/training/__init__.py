"""A model learnt from the records alone: u counted, m by expectation and maximisation, dependences, commonness, calibration."""
