"""FHIR R4 resources of a caseload, as plain dictionaries: what a list says of a person, for another system to read.

Nothing here decides who may see what: a `Patient` has a name only where the caller passes an identity that the door has shown.
"""
