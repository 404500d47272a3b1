"""Measures matching on labelled texts, and fits its parameters (`l1 match eval`, `l1 match fit`).

Needs the extra `study` (scikit-learn, matplotlib); a worker does not.
"""
