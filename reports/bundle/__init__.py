"""The evidence bundle of one application: a signed PDF/A-3 that can be checked without this software."""
