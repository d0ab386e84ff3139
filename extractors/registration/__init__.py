"""Which form a page is, and where each of its places lies on the page."""
