"""The caseload's pages: sign-in, sessions, permissions and what is shown. FastAPI stays in here."""
