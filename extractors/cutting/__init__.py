"""From a registered page to the handwriting in each place: frames removed, cells and lines cut."""
