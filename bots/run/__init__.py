"""Running Records exactly once: journal, recovery, evidence, retry, schedule."""
