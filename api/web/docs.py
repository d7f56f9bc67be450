"""``GET /v1/docs``: the API's documentation to read and to try, by Swagger UI from this server alone."""

from collections.abc import Mapping
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.openapi import PATH as OPENAPI_PATH

# nothing from elsewhere, no script or style in the page itself, nobody's frame
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Aurora API</title>
<link rel="icon" type="image/png" href="/v1/docs/favicon-32x32.png">
<link rel="stylesheet" href="/v1/docs/swagger-ui.css">
</head>
<body>
<noscript>This page needs JavaScript. The document that it shows is <a href="/v1/openapi.json">openapi.json</a>.</noscript>
<main id="swagger-ui"></main>
<script src="/v1/docs/swagger-ui-bundle.js"></script>
<script src="/v1/docs/start.js"></script>
</body>
</html>
"""

# without a validator's address it would send the document to one on the Internet
START = f"""\
SwaggerUIBundle({{
  url: "{OPENAPI_PATH}",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
}});
"""

MEDIA_TYPES: Mapping[str, str] = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}


async def page(_request: Request) -> Response:
    """The page."""
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": "public, max-age=300"}
    return Response(PAGE, headers=headers, media_type="text/html")


async def start(_request: Request) -> Response:
    """The few lines that start Swagger UI: the page itself may hold no script."""
    return Response(START, headers={"Cache-Control": "public, max-age=300"}, media_type="text/javascript")


async def asset(request: Request) -> Response:
    """Swagger UI's own files."""
    name = request.path_params["name"]
    if name not in MEDIA_TYPES:
        raise HTTPException(404)
    content = files("swagger_ui").joinpath("static", name).read_bytes()
    return Response(content, headers={"Cache-Control": "public, max-age=86400"}, media_type=MEDIA_TYPES[name])


routes: list[BaseRoute] = [
    Route("/v1/docs", page),
    Route("/v1/docs/start.js", start),
    Route("/v1/docs/{name}", asset),
]

paths: dict[str, object] = {
    "/v1/docs": {
        "get": {
            "operationId": "getDocs",
            "tags": ["about"],
            "summary": "This documentation as a page",
            "responses": {
                "200": {
                    "description": "A page.",
                    "content": {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>"}},
                }
            },
        }
    }
}
