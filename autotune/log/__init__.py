"""Logs: append-only stores of events, in memory, in a durable directory, or in an archive."""

from autotune.log.archive import Archive, compact, find_logs, is_archive
from autotune.log.base import Log
from autotune.log.data_set import read_logs
from autotune.log.directory import DirectoryLog, is_log
from autotune.log.filesystems import copy_log
from autotune.log.memory import MemoryLog
from autotune.log.opening import open_log
from autotune.log.sealed import SealedLog

__all__ = [
    "Archive",
    "DirectoryLog",
    "Log",
    "MemoryLog",
    "SealedLog",
    "compact",
    "copy_log",
    "find_logs",
    "is_archive",
    "is_log",
    "open_log",
    "read_logs",
]
