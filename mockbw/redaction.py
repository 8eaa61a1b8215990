"""The one redactor: what leaves mockbw (journal, log, errors, reports) shows no secret.

Two kinds of secrets are hidden: those that are known where a text is made (the credentials of an attempt, which its endpoint
may echo), and whatever looks like one in any text: the user and password of a URL, a query parameter such as ``token=``,
``Authorization`` and cookies. What a message says is not redacted: it is the application's, and it is what is tested.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from html import escape
from json import dumps
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from mockbw.errors import Problem

__all__ = ["HIDDEN", "hide", "hide_command", "hide_header", "hide_problems", "hide_url", "plain", "secrets_of"]

HIDDEN = "…"
"""What stands where a secret was."""

SHORTEST = 4
"""How many characters a known secret must have to be hidden wherever it stands: a shorter one would blank out plain words."""

_SECRET_HEADER = re.compile(r"auth(?!enticate)|cookie|token|secret|key|passw|signature|session", re.IGNORECASE)
_SECRET_WORDS = frozenset(
    {"apikey", "authorization", "cookie", "credential", "credentials", "hmac", "jwt", "passphrase", "passwd", "password", "pwd"}
    | {"secret", "signature", "token", "tokens"}
)
_SECRET_IN_URL = _SECRET_WORDS | {"auth", "cred", "key", "pass", "sig"}
_SECRET_ENDINGS = ("apikey", "accesskey", "secretkey", "password", "secret", "token")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_USER_INFO = re.compile(r"(?<=://)[^\s/?#\"'<>`]*@")
_PARAMETER = re.compile(r"(?<![\w\-.\[\]%])([\w\-.\[\]%]{1,64})=([^&;#\s\"'<>`,…]+)")
_FIELD = re.compile(r"""(["'])([\w\-.]{1,64})\1(\s*[:=]\s*)(["'])((?:\\.|(?!\4)[^\\])*)\4?""")
_COOKIES = re.compile(r"\b((?:set-)?cookie[ \t]*:[ \t]*)(?![\"'])[^\r\n\"'<]+", re.IGNORECASE)
_AUTHORIZATION = re.compile(
    r"\b((?:proxy-)?authorization|x-api-key|x-auth-token)([ \t]*:[ \t]*(?:(?:basic|bearer|digest|token)[ \t]+)?)"
    r"(?!(?:basic|bearer|digest|token)\b)([^\s\"'<,;`…]+)",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\b(basic|bearer)([ \t]+)([A-Za-z0-9._~+/=-]{6,})", re.IGNORECASE)
_USER_FLAG = re.compile(r"(?<!\S)(-u|--user|--password|--token)([ =])\S+")


def hide(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text without the known ``secrets``, and without what looks like one."""
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, HIDDEN)
    if "@" in text:
        text = _USER_INFO.sub(f"{HIDDEN}@", text)
    if "=" in text:
        text = _PARAMETER.sub(_parameter, text)
    if ":" in text or "=" in text:
        text = _FIELD.sub(_field, text)
        text = _AUTHORIZATION.sub(rf"\1\2{HIDDEN}", _COOKIES.sub(rf"\1{HIDDEN}", text))
    return _SCHEME.sub(_scheme, text) if " " in text else text


@lru_cache(maxsize=1024)
def hide_url(url: str) -> str:
    """Return a URL as it may be shown: without user, password and the secrets of its query."""
    return hide(url) if "@" in url or "=" in url else url


def hide_command(text: str) -> str:
    """Return a command as it may be shown: also what follows ``-u``, ``--user``, ``--password`` and ``--token`` is hidden."""
    return hide(_USER_FLAG.sub(rf"\1\2{HIDDEN}", text))


def hide_header(name: str, value: str, secrets: Iterable[str] = ()) -> str:
    """Return the value of a header as it may be shown: of credentials the scheme stays, which is often what is wrong."""
    if not _SECRET_HEADER.search(name):
        return hide(value, secrets)
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {HIDDEN}" if space and name.lower().endswith("authorization") else HIDDEN


def plain(text: str | bytes) -> str:
    """Return text that JSON can carry, and of no type but ``str``: HTTP carries any bytes, and libraries have their own types."""
    if isinstance(text, bytes):
        return text.decode(errors="replace")
    if type(text) is str and text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@lru_cache(maxsize=1024)
def secrets_of(url: str, user: str | None = None, password: str | None = None) -> tuple[str, ...]:
    """Return what an endpoint could echo of the secrets in its URL and of its Basic credentials, in every form it may have."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    pairs = [] if user is None else [(user, password or "")]
    if "@" in parts.netloc:
        before, _, after = parts.netloc.rpartition("@")[0].partition(":")
        pairs.append((unquote(before), unquote(after)))
    found = {value for name, value in parse_qsl(parts.query) if _is_secret(name, _SECRET_IN_URL)}
    for name, value in pairs:
        found |= {value, b64encode(f"{name}:{value}".encode(errors="replace")).decode()}
    forms = {form for secret in found for form in _forms(secret) if len(form) >= SHORTEST}
    return tuple(sorted(forms, key=len, reverse=True))


def _forms(secret: str) -> tuple[str, ...]:
    printable = secret.encode(errors="replace").decode()
    return secret, quote(printable, safe=""), quote_plus(printable), escape(secret), dumps(secret)[1:-1]


def hide_problems(
    problems: Iterable[Problem], text: str, secret_keys: Iterable[str], plain_keys: Iterable[str] = ()
) -> tuple[Problem, ...]:
    """Return the problems of a YAML text without the values of its ``secret_keys``, misspelled ones too.

    The text is looked at line by line, since the mistake may be that it is not valid YAML.
    """
    lines = _secret_lines(text, frozenset(secret_keys), frozenset(plain_keys))
    return tuple(_hide_problem(problem, *lines.get(problem.line, (hide(problem.excerpt), ()))) for problem in problems)


def _hide_problem(problem: Problem, excerpt: str, pieces: tuple[str, ...]) -> Problem:
    return replace(problem, excerpt=excerpt, message=hide(problem.message, pieces), hint=hide(problem.hint, pieces))


def _secret_lines(text: str, secret: frozenset[str], plain: frozenset[str]) -> dict[int, tuple[str, tuple[str, ...]]]:
    """Return the lines with values of secret keys, by number: as each may be shown, and the pieces that were hidden."""
    found: dict[int, tuple[str, tuple[str, ...]]] = {}
    inside: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.lstrip(" \t")
        indent = len(line) - len(bare)
        if not bare:
            continue
        begins = next((key for key in _KEY.finditer(line) if _names_secret(key[1], secret, plain)), None)
        if inside is not None and (indent > inside or (indent == inside and bare.startswith("-"))):
            begins = _START.match(line)
        else:
            inside = None if begins is None else indent
        if begins is not None and (pieces := _pieces(line[begins.end() :])):
            found[number] = (f"{line[: begins.end()].rstrip()} {HIDDEN}", pieces)
    return found


_KEY = re.compile(r"[\"']?([A-Za-z][\w-]*)[\"']?[ \t]*:")
_START = re.compile(r"[ \t]*(?:-(?:[ \t]+|$))*")
_PIECE = re.compile(r"[^\s\"'{}\[\],]+")


def _pieces(text: str) -> tuple[str, ...]:
    """Return what messages may quote of a value: the whole, each word, and each part of a ``USER:PASSWORD``; longest first."""
    pieces = {part for piece in _PIECE.findall(text) for part in (piece, *piece.split(":"))} | {text.strip().strip("\"'")}
    return tuple(sorted((piece for piece in pieces if len(piece) >= SHORTEST), key=len, reverse=True))


def _names_secret(key: str, secret: frozenset[str], plain: frozenset[str]) -> bool:
    if key in secret or key in plain:
        return key in secret
    close = get_close_matches(key.lower(), secret | plain, n=1, cutoff=0.75)
    return _is_secret(key, _SECRET_WORDS) or (bool(close) and close[0] in secret)


def _is_secret(name: str, words: frozenset[str]) -> bool:
    """Return True for a name that says that its value is a secret: ``api_key``, ``accessToken``, ``X-Amz-Signature``."""
    parts = [word.lower() for word in _WORD.findall(name)]
    return bool(parts) and (not words.isdisjoint(parts) or parts[-1].endswith(_SECRET_ENDINGS))


def _parameter(found: re.Match[str]) -> str:
    return f"{found[1]}={HIDDEN}" if _is_secret(found[1], _SECRET_IN_URL) else found[0]


def _field(found: re.Match[str]) -> str:
    mark, name, between, quoted, value = found.groups()
    return f"{mark}{name}{mark}{between}{quoted}{HIDDEN}{quoted}" if value and _is_secret(name, _SECRET_WORDS) else found[0]


def _scheme(found: re.Match[str]) -> str:
    """Tell a token from the words of a sentence: ``Basic authentication`` stays."""
    scheme, space, value = found.groups()
    if scheme.lower() == "bearer":
        secret = len(value) >= 20 or any(character.isdigit() for character in value)
    else:
        try:
            secret = b":" in b64decode(value, validate=True)
        except (Base64Error, ValueError):
            secret = False
    return f"{scheme}{space}{HIDDEN}" if secret else found[0]
