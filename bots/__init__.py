"""Bots: a settled Record becomes a row in a legacy web system, exactly once, with proof.

Knows no database of the project and no Prefect; see ``bots/README.md`` for the language.
"""
