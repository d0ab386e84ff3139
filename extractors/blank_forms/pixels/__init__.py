"""What is printed on a scanned blank, found in its pixels."""
