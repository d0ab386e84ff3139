"""Which form a page shows, and the mapping from the form to the page."""
