"""The complete reader: from files to readings with decisions."""
