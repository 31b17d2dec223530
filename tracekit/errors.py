"""Errors that name the place, the value and the way out; each class carries the exit code of the command line."""

from __future__ import annotations


class TracekitError(Exception):
    """An error meant for a person.

    Args:
        message: What is wrong, naming file, line and value where there are any.
        fix: What to do about it, best a command that can be run as it stands, or an argument as Python writes it.
        shell: The same for the command line, where it is written in another way.
    """

    exit_code = 1

    def __init__(self, message: str, fix: str | None = None, shell: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.shell = shell

    def __str__(self) -> str:
        return self.message if self.fix is None else f"{self.message}\n  → {self.fix}"

    def for_shell(self) -> str:
        """Returns the error with the way out as the command line writes it."""
        fix = self.shell or self.fix
        return self.message if fix is None else f"{self.message}\n  → {fix}"


class UsageError(TracekitError):
    """The call itself is wrong: an unknown name, parameter or path."""

    exit_code = 2


class NotInLakeError(UsageError):
    """A name of something that the lake does not have."""


class DeclarationError(TracekitError):
    """A schema, source, query or page declaration is wrong; a defect of the installation or of a new contribution."""

    exit_code = 2


class DataError(TracekitError):
    """Input data failed a check."""

    exit_code = 3


class NoRowsError(DataError):
    """A trace has no valid record at all: among others it is left alone.

    Args:
        files: Its files, in words.
        reason: What became of its records.
    """

    def __init__(self, files: str, reason: str, fix: str | None = None) -> None:
        super().__init__(f"{files}: {reason}", fix)
        self.files = files
        self.reason = reason

    def __reduce__(self) -> tuple[type[NoRowsError], tuple[str, str, str | None]]:
        return type(self), (self.files, self.reason, self.fix)


class SourceUnreachableError(TracekitError):
    """A download could not be made."""

    exit_code = 4


class ChecksumMismatchError(TracekitError):
    """A downloaded or stored file is not the one that was declared."""

    exit_code = 5


class NothingMatchedError(TracekitError):
    """The filters are valid, but nothing in the lake or the folder matches them."""

    exit_code = 6


class PublishRefusedError(TracekitError):
    """A release may not be published."""

    exit_code = 7


def did_you_mean(word: str, known: list[str]) -> str:
    """Returns ``" Did you mean 'x'?"`` for the closest known word, or an empty string."""
    import difflib

    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f" Did you mean {close[0]!r}?" if close else ""
