"""Compares networks other than language models with their peers; see comparison.py."""
