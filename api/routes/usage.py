"""What building with a language model takes, for those who pay for it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth import Administrator
from api.dependencies import Parts, parts_of
from api.problems import responses
from api.schemas import UsageResponse

router = APIRouter(tags=["usage"])

Days = Annotated[int, Query(ge=1, le=366, description="How many days (UTC), today the first of them.")]


@router.get("/usage", responses=responses())
async def usage(
    principal: Administrator, parts: Annotated[Parts, Depends(parts_of)], days: Days = 30
) -> list[UsageResponse]:
    """Tokens and cost of the account, day by day, latest first; days without a call of the model are left out."""
    return [
        UsageResponse.model_validate(day, from_attributes=True)
        for day in await parts.usage.last(principal.account_id, days)
    ]
