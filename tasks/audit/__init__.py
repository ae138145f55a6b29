"""Checking a lake by hand: a sample, a page to label on, corrections, a scorecard, and estimates that they correct."""
