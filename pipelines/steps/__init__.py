"""The steps of a sheet's journey: each claims work in one state, does it, and commits the next state."""
