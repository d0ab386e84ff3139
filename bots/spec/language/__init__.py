"""From bot.yaml to a ``Bot``: schema, rules that a schema cannot say, steps and targets."""
