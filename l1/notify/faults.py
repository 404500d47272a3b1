"""Why a delivery did not arrive."""


class NotDeliveredError(Exception):
    """`fault` is for whoever looks after the target: it names neither its address nor a secret.

    `is_gone`: the receiver wants no more. `retry_after`: seconds that it asks to be left alone for.
    """

    def __init__(self, fault: str, *, is_gone: bool = False, retry_after: float | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.is_gone = is_gone
        self.retry_after = retry_after
