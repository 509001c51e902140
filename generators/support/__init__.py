"""Replies to customers and answers to questions, each sentence with its source on the shelf."""
