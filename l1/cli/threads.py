"""How many threads a process computes with."""

import os


def compute_in_one_thread() -> None:
    """Keep numpy from starting a thread for each core; call it before numpy is imported.

    A problem is compared with all flows in about a millisecond. Shared out, that gains nothing, and with several
    workers on a machine the threads of one could only take time from the calls of another. The wheels compute with
    OpenBLAS, on a Mac with Accelerate. Who has set a number keeps it.
    """
    for name in ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")
