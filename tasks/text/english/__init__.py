"""What is English and not of every language: word lists, pronouns, the ends of sentences."""
