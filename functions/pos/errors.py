"""Refusals that a caller can act on: raised where they arise, turned into HTTP once, in `pos.http`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with the request: a JSON pointer into the body (or a query parameter's name), and a sentence."""

    pointer: str
    detail: str


class DomainError(Exception):
    """A request that Kasir refuses, and that changed nothing.

    `code` is stable and dotted (`order.not_open`): integrators branch on it. `detail` is a sentence for a person.
    `status` is the HTTP status. `pointer` (RFC 6901) names the field at fault when there is one; `errors` names
    several. `retry_after` is in seconds, for refusals that pass.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int = 409,
        pointer: str | None = None,
        errors: tuple[FieldError, ...] = (),
        retry_after: int = 1,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status
        self.pointer = pointer
        self.retry_after = retry_after
        self.errors = errors or ((FieldError(pointer, detail),) if pointer is not None else ())


class NotFound(DomainError):
    """The caller's merchant has no such thing (it may be another merchant's: the answer is the same)."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"{kind}.not_found", f"There is no {kind} {id}.", status=404)


class StaleVersion(DomainError):
    """The caller's `If-Match` names a version that is no longer current."""

    def __init__(self, expected: int, current: int) -> None:
        super().__init__(
            "request.stale_version",
            f"If-Match names version {expected}; the current one is {current}. Read it again and repeat your change.",
            status=412,
        )


class Invalid(DomainError):
    """A well-formed request with a value that cannot be accepted; `pointer` names the field."""

    def __init__(self, code: str, detail: str, pointer: str) -> None:
        super().__init__(code, detail, status=422, pointer=pointer)
