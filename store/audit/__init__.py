"""The audit chain: events, seals, proofs and certificates."""
