"""From cuts to characters: glyph reader, line reader, and the two put together."""
