"""What every room stands on: the bilingual error, the office's clock, and the catalogue of words. Imports no room."""
