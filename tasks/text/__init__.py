"""Text as such, the ground that every stage stands on: spans, names' normal forms; `english` for what is English."""
