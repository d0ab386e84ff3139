"""From a registered page to the handwriting of each field: frames removed, cells and lines cut."""
