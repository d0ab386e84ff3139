"""What is printed on a page: words, cells, rows of boxes and what lies beside what."""
