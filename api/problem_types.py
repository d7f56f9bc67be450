"""What each type of problem means; ``/v1/problems/<type>`` serves it, so that every error explains itself."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

MEANINGS: Mapping[str, str] = {
    "bad-body": "The body is not what its headers say, for example not gzip. Send it again as it should be.",
    "insufficient-scope": "The token is valid but was not given the scope that this endpoint needs. Ask for a token "
    "with that scope; if it is refused, the client needs the scope first.",
    "internal-error": "A mistake of ours, which we have logged under the request's id. Trying again may help.",
    "slow-body": "The body took too long to arrive. Send it in one go, or in smaller parts.",
    "too-large": "The body, or one event in it, is larger than we take. Send it in several requests.",
    "unauthenticated": "There is no access token, or it is malformed, expired, or its client has lost access. Get a "
    "new one at /v1/oauth/token.",
    "unavailable": "A part that this endpoint needs does not answer. Nothing was taken in: send the same request "
    "again after the seconds in Retry-After.",
    "unsupported-content-coding": "The body is compressed in a way that we do not know. Use gzip or nothing.",
}


async def problem_type(request: Request) -> Response:
    """``GET /v1/problems/<type>``."""
    name = request.path_params["name"]
    if name not in MEANINGS:
        raise HTTPException(404)
    return JSONResponse(
        {"type": f"/v1/problems/{name}", "meaning": MEANINGS[name]},
        headers={"Cache-Control": "public, max-age=3600"},
    )


routes: list[BaseRoute] = [Route("/v1/problems/{name}", problem_type)]

paths: dict[str, object] = {
    "/v1/problems/{name}": {
        "get": {
            "operationId": "getProblemType",
            "tags": ["about"],
            "summary": "What a type of problem means",
            "description": "Every problem that this API answers with links here by its member `type`.",
            "parameters": [
                {
                    "name": "name",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "enum": sorted(MEANINGS)},
                    "example": "unauthenticated",
                }
            ],
            "responses": {
                "200": {
                    "description": "The meaning.",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["type", "meaning"],
                                "properties": {"type": {"type": "string"}, "meaning": {"type": "string"}},
                            },
                            "example": {
                                "type": "/v1/problems/unauthenticated",
                                "meaning": MEANINGS["unauthenticated"],
                            },
                        }
                    },
                },
                "404": {"$ref": "#/components/responses/NotFound"},
            },
        }
    }
}
