"""The program of a worker process: it evaluates what comes in and writes out what came of it.

Its own standard output carries the answers, so what an objective prints goes to standard error.
When its input ends, because whoever started it closed it or died, it ends at once, whatever it is
doing.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import sys
import threading
from typing import IO

from autotune.execution.frames import read_frame, write_frame

__all__ = ["main"]


def main() -> None:
    """Answer requests until the input ends."""
    source = os.fdopen(os.dup(0), "rb")
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, requests), daemon=True).start()
    # Here and not above, so that the parent sees a process that can't import it end.
    from autotune.execution.serialize import load
    from autotune.execution.worker import evaluate_stored

    write_frame(out, b"ready")
    while True:
        request = requests.get()
        # From the process that started this one.
        stored, packed, folds, repeat, memory = pickle.loads(request)  # noqa: S301
        with contextlib.suppress(Exception):  # told as the failure of the evaluation below
            load(stored)
        if memory is not None:
            _limit_memory(memory)
        write_frame(out, b"begun")
        measurement = evaluate_stored(stored, packed, folds, repeat)
        write_frame(out, pickle.dumps(measurement))


def _listen(source: IO[bytes], requests: queue.SimpleQueue[bytes]) -> None:
    while (request := read_frame(source)) is not None:
        requests.put(request)
    os._exit(0)


def _limit_memory(extra: int) -> None:
    """Let this process ask for so many bytes more than it holds now."""
    if not sys.platform.startswith("linux"):
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = _data_bytes() + extra
    resource.setrlimit(
        resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard)
    )


def _data_bytes() -> int:
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
        for line in status:
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main()
