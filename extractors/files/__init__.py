"""From files that came from outside to pages: PDF, TIFF, JPEG, PNG, ZIP, within limits."""
