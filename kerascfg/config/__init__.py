"""Composition, places and the entry of commands; the only room that knows Hydra."""
