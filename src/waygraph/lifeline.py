"""Child processes that end with the one that started them, however that one ended.

A child started with ``stdin=PIPE`` has a lifeline: the pipe's other end is closed when its
parent closes it or is gone, killed without a word too.
"""

from __future__ import annotations

import os
from threading import Thread


def end_with_parent() -> None:
    """From now on end this process at once when its standard input ends.

    What it still reads of standard input it must have read before.
    """
    Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    try:
        while os.read(0, 1 << 16):
            pass
    finally:
        os._exit(1)
