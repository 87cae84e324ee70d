"""What Parquet and Arrow files share: from Arrow's columns to a table."""
