"""The files of an account's media store (P11): bounded, in memory, and forgotten in virtual time."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from mimetypes import guess_type

__all__ = ["MEDIA_TYPES", "SPACE", "MediaFile", "MediaStore", "Space", "sample_file"]

SPACE = 256_000_000
"""How many bytes the stores of one server hold together, unless it is told otherwise."""

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


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One file; ``stored`` is virtual milliseconds."""

    body: bytes
    content_type: str
    stored: int
    cache_control: str | None = None


@dataclass(slots=True)
class Space:
    """The bytes that several stores share."""

    limit: int = SPACE
    used: int = 0


@dataclass(slots=True)
class MediaStore:
    """Files by name. ``keep`` in the methods is how long a file lives in virtual milliseconds; None is for ever."""

    space: Space = field(default_factory=Space)
    _files: dict[str, MediaFile] = field(default_factory=dict)
    _deleted: set[str] = field(default_factory=set)

    def put(self, name: str, file: MediaFile, keep: int | None) -> bool:
        """Store a file in place of one of the same name; return False when there is no room for it."""
        self._forget(file.stored, keep)
        old = self._files.get(name)
        if self.space.used - (len(old.body) if old else 0) + len(file.body) > self.space.limit:
            return False
        self._remove(name)
        self._files[name] = file
        self.space.used += len(file.body)
        self._deleted.discard(name)
        return True

    def get(self, name: str, now: int, keep: int | None) -> MediaFile | None:
        """Return a file, or None when there is none of that name any more."""
        self._forget(now, keep)
        return self._files.get(name)

    def delete(self, name: str) -> None:
        """Forget a file; one that never was is remembered as deleted all the same (received media are made when asked for)."""
        self._remove(name)
        self._deleted.add(name)

    def was_deleted(self, name: str) -> bool:
        """Return True when the name was deleted and not stored again."""
        return name in self._deleted

    def page(self, after: str, most: int, now: int, keep: int | None) -> tuple[list[tuple[str, MediaFile]], bool]:
        """Return up to ``most`` files whose names come after ``after``, in order, and whether there are more."""
        self._forget(now, keep)
        names = sorted(name for name in self._files if name > after)
        return [(name, self._files[name]) for name in names[:most]], len(names) > most

    def clear(self) -> None:
        """Forget every file."""
        for name in list(self._files):
            self._remove(name)
        self._deleted.clear()

    def _remove(self, name: str) -> None:
        old = self._files.pop(name, None)
        self.space.used -= len(old.body) if old else 0

    def _forget(self, now: int, keep: int | None) -> None:
        if keep is not None:
            for name in [name for name, file in self._files.items() if now - file.stored >= keep]:
                self._remove(name)


_SAMPLES = {
    "image/gif": b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"),
    "image/png": b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
    "image/jpeg": b64decode(
        "/9j/4AAQSkZJRgABAQEAYABgAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5"
        "PTgyPC4zNDL/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AKp//2Q=="
    ),
}
"""The smallest pictures there are: one pixel."""


def sample_file(name: str, stored: int) -> MediaFile:
    """Return a file of the type its name suggests: what a handset sends when nobody said what it is."""
    kind = guess_type(name)[0] or "application/octet-stream"
    return MediaFile(_SAMPLES.get(kind, f"{name}\n".encode()), kind, stored)
