"""The papers a Caldicott Guardian asks for, as Markdown made from plain facts; `pipelines/papers.py` gathers the facts."""
