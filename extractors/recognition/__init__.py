"""From cuts to characters: the glyph reader, the line recogniser, and the fusion of both."""
