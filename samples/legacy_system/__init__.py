"""A sample 1990s welfare system (福祉総合システム) that bots and demonstrations type into.

It is an outsider on purpose: nothing else of the project is imported here, and nothing about its pages was
arranged to please a robot.
"""
