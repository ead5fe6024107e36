"""Logs: append-only stores of events, in memory or in a durable directory."""

from autotune.log.base import Log
from autotune.log.directory import DirectoryLog, is_log
from autotune.log.memory import MemoryLog
from autotune.log.opening import open_log

__all__ = ["DirectoryLog", "Log", "MemoryLog", "is_log", "open_log"]
