"""A package of which a part is missing."""
