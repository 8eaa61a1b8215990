"""The files of an account's media store (P11): bounded, in memory, and expiring in virtual time."""

from __future__ import annotations

from base64 import b64decode
from bisect import bisect_left, bisect_right, insort
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from mimetypes import guess_type

__all__ = ["FILE_COST", "LONGEST_NAME", "MEDIA_TYPES", "SPACE", "MediaFile", "MediaStore", "Space", "Upload", "sample_file"]

SPACE = 256_000_000
"""The default total size of the stores of one server, in bytes."""

FILE_COST = 1_000
"""How many bytes a file counts for in addition to its content, name and headers: an empty one is not free."""

LONGEST_NAME = 255
"""The maximum length of a file's name, in characters."""

MEDIA_TYPES = frozenset(
    f"{kind}/{subtype}"
    for kind, subtypes in {
        "application": "json ogg pdf rtf zip x-tar xml gzip x-bzip2 x-gzip smil javascript",
        "audio": "mp4 mpeg ogg flac webm wav amr 3gpp",
        "image": "bmp gif heic heif jpeg pjpeg png svg+xml tiff webp x-icon",
        "text": "css csv calendar html plain javascript vcard vnd.wap.wml xml",
        "video": "avi mp4 mpeg ogg quicktime webm x-ms-wmv x-flv",
    }.items()
    for subtype in subtypes.split()
)
"""The types of media that can be sent (P11)."""


@dataclass(eq=False, slots=True)
class MediaFile:
    """One file; ``stored`` is virtual milliseconds.

    ``cost`` is what a store counts it for, ``readers`` how many are reading it, ``removed`` whether the store has dropped it.
    """

    body: bytes
    content_type: str
    stored: int
    cache_control: str | None = None
    cost: int = field(default=0, init=False)
    readers: int = field(default=0, init=False)
    removed: bool = field(default=False, init=False)


@dataclass(slots=True)
class Space:
    """The space that several stores share: for stored files, uploads in progress, and deleted files that are still being read."""

    limit: int = SPACE
    used: int = 0

    def take(self, size: int) -> bool:
        """Reserve so many bytes; return False when there are not enough."""
        if self.used + size > self.limit:
            return False
        self.used += size
        return True

    def give(self, size: int) -> None:
        """Release so many bytes."""
        self.used -= size


class Upload:
    """An upload in progress. What does not fit is counted but not kept, which ``too_large`` or ``no_room`` report.

    When there is no room, a file with the same name is dropped early: it is about to be replaced.
    """

    def __init__(self, store: MediaStore, name: str, longest: int) -> None:
        self.length = 0
        self.too_large = self.no_room = False
        self._store, self._name, self._longest = store, name, longest
        self._pieces: list[bytes] = []
        self._held = 0

    def expect(self, length: int) -> None:
        """Refuse early if the announced length can never fit."""
        self.too_large = length > self._longest
        self.no_room = not self.too_large and not self._store.could_hold(self._name, length)

    def add(self, piece: bytes) -> None:
        """Keep the next piece, if it fits."""
        self.length += len(piece)
        self.too_large = self.too_large or self.length > self._longest
        if not (self.too_large or self.no_room):
            self.no_room = not self._store.make_room(self._name, len(piece))
        if self.too_large or self.no_room:
            self.close()
        else:
            self._held += len(piece)
            self._pieces.append(piece)

    def body(self) -> bytes:
        """Return what was kept."""
        return b"".join(self._pieces)

    def close(self) -> None:
        """Drop what was kept, and release its space."""
        self._pieces.clear()
        self._store.space.give(self._held)
        self._held = 0


@dataclass(slots=True)
class MediaStore:
    """Files by name. ``keep`` in the methods is how long a file is kept, in virtual milliseconds; None is forever."""

    space: Space = field(default_factory=Space)
    _files: dict[str, MediaFile] = field(default_factory=dict)
    """In the order in which they were stored, so that the oldest expire first."""
    _names: list[str] = field(default_factory=list)
    """In alphabetical order, so that a page of a list does not have to sort them all."""
    _received_deleted: set[tuple[str, int]] = field(default_factory=set)
    _prune_at: int = 1_000

    @contextmanager
    def uploading(self, name: str, longest: int) -> Iterator[Upload]:
        """Receive a file of at most ``longest`` bytes in pieces."""
        upload = Upload(self, name, longest)
        try:
            yield upload
        finally:
            upload.close()

    def could_hold(self, name: str, length: int) -> bool:
        """Return True when a file of so many bytes would fit in place of the one with that name."""
        old = self._files.get(name)
        return self.space.used - (old.cost if old else 0) + length + FILE_COST <= self.space.limit

    def make_room(self, name: str, length: int) -> bool:
        """Reserve so many bytes for a file with that name, dropping the old one if necessary."""
        if self.space.take(length):
            return True
        self._remove(name)
        return self.space.take(length)

    def put(self, name: str, file: MediaFile, keep: int | None) -> bool:
        """Store a file, replacing one with the same name; return False when there is no room for it."""
        self._forget(file.stored, keep)
        described = len(name) + len(file.content_type) + len(file.cache_control or "")
        cost = len(file.body) + described + FILE_COST
        old = self._files.get(name)
        if self.space.used - (old.cost if old else 0) + cost > self.space.limit:
            return False
        self._remove(name)
        if not self.space.take(cost):  # the old one is still being read
            return False
        file.cost = cost
        self._files[name] = file
        insort(self._names, name)
        return True

    def get(self, name: str, now: int, keep: int | None) -> MediaFile | None:
        """Return a file, or None when it does not exist or has expired."""
        self._forget(now, keep)
        return self._files.get(name)

    @contextmanager
    def lent(self, file: MediaFile) -> Iterator[memoryview]:
        """Lend the bytes of a file, and count them until they have been read, also when the file is deleted meanwhile."""
        file.readers += 1
        try:
            yield memoryview(file.body)
        finally:
            file.readers -= 1
            if file.removed and not file.readers:
                self.space.give(file.cost)

    def delete(self, name: str) -> None:
        """Delete a file."""
        self._remove(name)

    def delete_received(self, message: str, index: int, messages: Container[str]) -> None:
        """Record that a received file was deleted, for as long as ``messages`` has its message: it was never stored."""
        if len(self._received_deleted) >= self._prune_at:
            self._received_deleted = {place for place in self._received_deleted if place[0] in messages}
            self._prune_at = max(1_000, 2 * len(self._received_deleted))
        self._received_deleted.add((message, index))

    def was_deleted(self, message: str, index: int) -> bool:
        """Return True when the received file was deleted."""
        return (message, index) in self._received_deleted

    def page(self, after: str, most: int, now: int, keep: int | None) -> tuple[list[tuple[str, MediaFile]], bool]:
        """Return up to ``most`` files whose names come after ``after``, in order, and whether there are more."""
        self._forget(now, keep)
        start = bisect_right(self._names, after)
        names = self._names[start : start + most]
        return [(name, self._files[name]) for name in names], len(self._names) > start + most

    def clear(self) -> None:
        """Delete every file."""
        for file in self._files.values():
            self._give_back(file)
        self._files.clear()
        self._names.clear()
        self._received_deleted.clear()

    def _remove(self, name: str) -> None:
        file = self._files.pop(name, None)
        if file is not None:
            del self._names[bisect_left(self._names, name)]
            self._give_back(file)

    def _give_back(self, file: MediaFile) -> None:
        file.removed = True
        if not file.readers:
            self.space.give(file.cost)

    def _forget(self, now: int, keep: int | None) -> None:
        if keep is not None:
            while self._files and now - next(iter(self._files.values())).stored >= keep:
                self._remove(next(iter(self._files)))


_SAMPLES = {
    "image/gif": b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"),
    "image/png": b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
    "image/jpeg": b64decode(
        "/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5"
        "PTgyPC4zNDL/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AKp//2Q=="
    ),
}
"""The smallest possible pictures: one pixel."""


def sample_file(name: str, stored: int) -> MediaFile:
    """Return a file of the type that its name suggests: what a handset sends when no content was uploaded."""
    kind = guess_type(name)[0] or "application/octet-stream"
    return MediaFile(_SAMPLES.get(kind, f"{name}\n".encode()), kind, stored)
