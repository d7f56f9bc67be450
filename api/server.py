"""The HTTP server around the application."""

import uvicorn

from api.app import create_app
from api.settings import Settings

# as long as the slowest request that is answered at all
SHUTDOWN_SECONDS = 10
# longer than a load balancer keeps an idle connection, so that it never meets one that is being closed
KEEP_ALIVE_SECONDS = 75


def server(settings: Settings) -> uvicorn.Server:
    """A server that is not running yet; logging is left as it is."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )
