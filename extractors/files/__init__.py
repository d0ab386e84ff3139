"""From files of unknown origin to pages: PDF, TIFF, JPEG, PNG and ZIP, within limits."""
