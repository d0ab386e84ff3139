"""The evidence bundle of one application: a signed PDF/A-3 that is checked without this software."""
