"""Why a server of `l1 up` is not there. Apart from what runs them, whose packages no production image has."""


class PartFailedError(Exception):
    """A server did not start. The message is written for the person at the terminal."""


class DirectoryBusyError(PartFailedError):
    """Another process works in the directory."""
