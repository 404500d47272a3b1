"""Finds the flow and the category that a caller's words belong to: embeddings and BM25 under a calibrated gate.

`matcher` judges, `catalogue` keeps what it judges among up to date, `study` measures and fits. Knows the domain only.
"""
