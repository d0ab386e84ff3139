"""Handwriting on a sheet: pens, letters, marks, dates, slips and corrections."""
