"""From print to fields: dates, choices, free areas, labels, names and types."""
