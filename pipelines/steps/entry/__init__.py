"""settled records → rows in the legacy systems, with their journal and evidence."""
