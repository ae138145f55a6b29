"""The reader: one encoder that reads a paragraph once and answers every question about it."""
