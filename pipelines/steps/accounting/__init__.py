"""settled and entered → figures, exports and evidence bundles."""
