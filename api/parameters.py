"""Query parameters that a route does not know are refused: a misspelt filter would be passed over in silence."""

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.problems import longest_name
from l1.domain.errors import Invalid
from l1.domain.limits import MOST_FAULTS


async def refuse_unknown(request: Request) -> None:
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known = _known_to(route.dependant)
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        takes = f"It takes {', '.join(sorted(known))}." if known else "It takes none."
        faults = [{"field": longest_name(name), "message": "unknown parameter"} for name in unknown[:MOST_FAULTS]]
        raise Invalid(f"This address does not know every query parameter that was sent. {takes}", errors=faults)


def _known_to(dependant: Dependant) -> set[str]:
    own = {field.alias for field in dependant.query_params}
    return own.union(*(_known_to(inner) for inner in dependant.dependencies))
