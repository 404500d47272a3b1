"""How many threads a process computes with."""

import os


def compute_in_one_thread() -> None:
    """Keep numpy from starting a thread for each core; call it before numpy is imported.

    A problem is compared with all flows in about a millisecond. Shared out, that gains nothing, and on a machine of two
    cores with two workers the threads wait for one another, each burning the time that the other's calls need
    (bench/match.py). The wheels compute with OpenBLAS, on a Mac with Accelerate. Who has set a number keeps it.
    """
    for name in ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")
