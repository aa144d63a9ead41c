"""The open API: read-only REST under /api and FHIR R4 under /fhir, for the same people, by the same doors, as the pages."""
