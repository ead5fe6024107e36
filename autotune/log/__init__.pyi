from .archive import Archive, compact, find_logs, is_archive
from .base import Log
from .check import check_log
from .data_set import read_logs
from .directory import DirectoryLog, is_log
from .filesystems import copy_log
from .memory import MemoryLog
from .opening import open_log
from .sealed import SealedLog

__all__ = [
    "Archive",
    "DirectoryLog",
    "Log",
    "MemoryLog",
    "SealedLog",
    "check_log",
    "compact",
    "copy_log",
    "find_logs",
    "is_archive",
    "is_log",
    "open_log",
    "read_logs",
]
