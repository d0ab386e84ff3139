"""inbox → pages with their form → documents."""
