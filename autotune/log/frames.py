"""Frames of a live file: an Arrow IPC stream whose every batch carries its own checksum.

The stream is what any Arrow reader understands. Each record batch has the custom metadata
``autotune.crc32``: the CRC-32 of the whole frame (length, header and body, as they are in the file)
with zeros in the place of its own eight digits, and that of the stream's head, the schema. They are
over the bytes rather than the batch read from them, since another version of Arrow may lay the same
batch out otherwise.
"""

from __future__ import annotations

import io
import struct
import zlib

import pyarrow as pa
import pyarrow.ipc
from attrs import frozen

__all__ = ["FrameWriter", "Frames", "read_frames"]

_KEY = "autotune.crc32"
_MARK = b"autotune-frame="
_HEAD_MARK = b" head="
_DIGITS = 8
_BLANK = b"0" * _DIGITS
_CONTINUES = b"\xff\xff\xff\xff"
_ALIGNMENT = 8
_DAMAGE = (pa.ArrowException, OSError, EOFError, ValueError)


def _crc(*pieces: bytes | memoryview) -> bytes:
    value = 0
    for piece in pieces:
        value = zlib.crc32(piece, value)
    return b"%08x" % value


def _header_size(data: memoryview, begin: int) -> int | None:
    """Return the size of the length and header of the message at a place, None where none is."""
    prefix = bytes(data[begin : begin + _ALIGNMENT])
    if len(prefix) < _ALIGNMENT or not prefix.startswith(_CONTINUES):
        return None
    size = int(struct.unpack("<i", prefix[4:])[0])
    return _ALIGNMENT + size if 0 < size <= len(data) - begin - _ALIGNMENT else None


def _frame_crc(header: bytes, place: int, body: memoryview) -> bytes:
    return _crc(header[:place] + _BLANK + header[place + _DIGITS :], body)


class FrameWriter:
    """Turns record batches of one schema into frames.

    Parameters
    ----------
    schema : pyarrow.Schema
        Without dictionaries, which would need messages of their own.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._sink = io.BytesIO()
        self._writer = pa.ipc.new_stream(self._sink, schema)
        self.head: bytes = schema.serialize().to_pybytes()
        self._metadata = {_KEY: _MARK + _BLANK + _HEAD_MARK + _crc(self.head)}
        self._skip = len(self.head)

    def frame(self, batch: pa.RecordBatch) -> bytes:
        """Return the bytes to append to the head and earlier frames for one batch."""
        self._writer.write_batch(batch, custom_metadata=self._metadata)
        frame = bytearray(self._sink.getvalue()[self._skip :])
        self._skip = 0  # the writer puts the schema before its first batch only
        self._sink.seek(0)
        self._sink.truncate()
        with memoryview(frame) as view:
            size = _header_size(view, 0)
            assert size is not None
            header = bytes(view[:size])
            place = header.rindex(_MARK) + len(_MARK)
            view[place : place + _DIGITS] = _frame_crc(header, place, view[size:])
        return bytes(frame)


@frozen(eq=False)
class Frames:
    """The readable part of a live file.

    Parameters
    ----------
    schema : pyarrow.Schema, optional
        None if the file breaks off within it.
    batches : tuple of pyarrow.RecordBatch
        The whole batches.
    length : int
        Bytes up to the end of the last whole batch; what follows is torn.
    damaged : bool
        Whether something before a whole batch is broken. No interrupted write leaves that.
    """

    schema: pa.Schema | None
    batches: tuple[pa.RecordBatch, ...]
    length: int
    damaged: bool


def _whole_frame(data: memoryview, begin: int) -> tuple[pa.ipc.Message, bytes, int]:
    """Return the message at a place, its note of the head and its end, or raise ``_DAMAGE``."""
    size = _header_size(data, begin)
    if size is None:
        raise ValueError("no frame begins here")
    header = bytes(data[begin : begin + size])
    place = header.rindex(_MARK) + len(_MARK)
    reader = pa.BufferReader(data[begin:])
    message = pa.ipc.read_message(reader)
    end = begin + int(reader.tell())
    if header[place : place + _DIGITS] != _frame_crc(header, place, data[begin + size : end]):
        raise ValueError("the checksum differs")
    head = place + _DIGITS + len(_HEAD_MARK)
    return message, header[head : head + _DIGITS], end


def _frame_behind(data: memoryview, begin: int) -> bool:
    content = bytes(data)
    place = content.find(_CONTINUES, begin)
    while place >= 0:
        if place % _ALIGNMENT == 0:
            try:
                _whole_frame(data, place)
            except _DAMAGE:
                pass
            else:
                return True
        place = content.find(_CONTINUES, place + 1)
    return False


def read_frames(content: bytes) -> Frames:
    """Read all whole batches of a live file, whatever its end looks like.

    Parameters
    ----------
    content : bytes
        The file's bytes.

    Returns
    -------
    Frames
        What is whole.
    """
    data = memoryview(content)
    size = _header_size(data, 0)
    if size is None:
        return Frames(None, (), 0, damaged=_frame_behind(data, 0))
    try:
        schema = pa.ipc.read_schema(pa.BufferReader(data[:size]))
    except _DAMAGE:
        return Frames(None, (), 0, damaged=_frame_behind(data, 0))
    head = _crc(data[:size])
    batches: list[pa.RecordBatch] = []
    end = size
    while end < len(data):
        try:
            message, noted, following = _whole_frame(data, end)
            if noted != head:
                return Frames(schema, tuple(batches), end, damaged=True)
            batches.append(pa.ipc.read_record_batch(message, schema))
        except _DAMAGE:
            return Frames(schema, tuple(batches), end, damaged=_frame_behind(data, end))
        end = following
    return Frames(schema, tuple(batches), end, damaged=False)
