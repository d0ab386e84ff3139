"""A scripted member of staff builds bots in the workshop, through its port alone, for systems never seen before."""
