"""A sample 1990s welfare system (福祉総合システム) into which bots and demonstrations enter records.

It is independent on purpose: it imports nothing else of the project, and its pages were not designed for
automation.
"""
