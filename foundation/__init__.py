"""Shared by all packages: the bilingual error, the office's clock and the catalogue of words. Imports none of them."""
