"""Find what repeats in a graph and say it once."""
