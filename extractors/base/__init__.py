"""Foundation of every stage of reading: plain data, errors, reason codes, alphabets, engine protocols, ink."""
