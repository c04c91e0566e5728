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


@dataclass(frozen=True, slots=True)
class Needed:
    """What an approval has to be for: a permission that the caller lacks, the order or shift that it is used on, and
    the amount that this comes to (minor units).
    """

    permission: str
    entity_id: str
    amount: int


class ApprovalRequired(DomainError):
    """The caller may do this once somebody approved it who may do it (`POST /v1/approvals`).

    `given` says that the request brought approvals, none of which is for this: used, over, or for something else.
    """

    def __init__(self, needed: Needed, *, given: bool) -> None:
        detail = (
            f"This needs the approval of somebody with the permission {needed.permission}, for {needed.entity_id} and "
            f"an amount of {needed.amount}."
        )
        if given:
            detail += " What was sent is used, over, or for something else."
        super().__init__("approval.required", detail, status=403)
        self.needed = needed


class Invalid(DomainError):
    """A well-formed request with a value that cannot be accepted; `pointer` names the field."""

    def __init__(self, code: str, detail: str, pointer: str) -> None:
        super().__init__(code, detail, status=422, pointer=pointer)
