"""What each type of problem means; ``/v1/problems/<type>`` serves it, so that every error explains itself."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

MEANINGS: Mapping[str, str] = {
    "bad-address": "The text is not a mail address that letters can be sent to. Write one such as planner@shop.example.",
    "bad-body": "The body is not what its headers say, for example not gzip. Send it again as it should be.",
    "bad-idempotency-key": "The header Idempotency-Key is not a string of 1 to 255 printable ASCII characters. Use a UUID.",
    "bad-name": "A name in the path can be no SKU, warehouse or category. Names have 1 to 64 characters, no | and no control "
    "characters, and are percent-encoded in a path, a slash as %2F.",
    "bad-pin": "The body does not name the version of a model that is to be pinned. It must be a JSON object with the one "
    "member model_version.",
    "bad-tenant": "No such tenant can be made: the detail says what it would need.",
    "being-removed": "The tenant's removal has begun, and nothing brings it back. Delete it again to go on where it stopped.",
    "name-taken": "Another tenant has this name, which must be its own. Choose another; or, if the request is a repeated one, "
    "send it with the Idempotency-Key of the first.",
    "no-sandbox": "This deployment runs no sandbox, or is just making it anew. Ask again in a minute.",
    "other-region": "A tenant's data stays in its region, and this deployment is in another. Make the tenant there.",
    "step-failed": "One step of making or removing a tenant could not be done; failed_step names it, and the detail says why. "
    "The steps before it stay done. Send the same request again to go on there.",
    "unknown-tenant": "There is no tenant of this id, or not any more. GET /v1/tenants lists them.",
    "bad-parameters": "A parameter of the query is unknown, given twice, or not of its form; `errors` names each of "
    "them and why.",
    "bad-webhook": "The body does not say where a webhook goes and what it is told, or names a URL that webhooks are not "
    "sent to: it must begin with https://, lead to a public address, and hold no user and no password.",
    "busy": "Others change the same thing at this moment. Nothing was changed: send the same request again after the seconds "
    "in Retry-After.",
    "bad-settings": "The body is not what a level can set; detail tells the member and why. Leave out, or send as null, what "
    "is to be left to the level above.",
    "deletion-purged": "What a deletion hid is kept for 30 days. That time is over.",
    "idempotency-key-in-use": "An earlier request with the same Idempotency-Key has no outcome yet. Send this one again "
    "after the seconds in Retry-After.",
    "idempotency-key-reused": "An earlier request with the same Idempotency-Key had another body. A key belongs to one "
    "batch: use a new one for a new batch, and the same one only to send the same batch again.",
    "insufficient-scope": "The token is valid but was not given the scope that this endpoint needs. Ask for a token "
    "with that scope; if it is refused, the client needs the scope first.",
    "internal-error": "A mistake of ours, which we have logged under the request's id. Trying again may help.",
    "invalid-catalogue": "At least one line is no entry of a catalogue, so nothing was changed. The member errors lists the "
    "first 100 errors with their line numbers. Mend the lines and send them all again.",
    "invalid-events": "At least one line is not an event that we take, so none of the batch was taken. The member "
    "errors lists the first 100 errors with their line numbers, error_count tells how many there are. Mend the lines and "
    "send the whole batch again.",
    "invalid-suppressions": "At least one line of the CSV is no entry of a suppression list, so the list is as it was. The "
    "member errors lists the first 100 errors with their line numbers, error_count tells how many there are.",
    "nothing-set": "At this level nothing is set, so the levels above it say what holds: see /v1/settings/effective.",
    "outcome-unknown": "The event log did not confirm in time that it wrote the batch; it will be there as a whole or "
    "not at all. With an Idempotency-Key, send the same request again after the seconds in Retry-After: it is never "
    "taken twice.",
    "rate-limited": "The tenant sends more requests a second than it may. Wait for the seconds in Retry-After; several "
    "events in one request count as one.",
    "step-up-required": "What you ask for is an admin's action, and in a session it needs a passkey shown within the last "
    "five minutes. Show one at /v1/session/step-up and send the request again; who has none yet makes one at "
    "/v1/session/passkeys shortly after signing in.",
    "stale": "Someone else has changed it since you got it: If-Match names another state. Get it anew, and decide again.",
    "precondition-required": "A change must say what it changes: send If-Match with the ETag of the last answer, or "
    "If-None-Match: * where there is nothing yet.",
    "slow-body": "The body took too long to arrive. Send it in one go, or in smaller parts.",
    "tenant-not-ready": "The tenant exists, but its event log does not yet, or no longer. Nothing was taken. If it lasts, "
    "ask the operator.",
    "too-many-webhooks": "The tenant has as many webhooks as it may. Delete one that is no longer needed.",
    "too-large": "The body, or one event in it, is larger than we take. Send it in several requests.",
    "bad-json-body": "The body is not JSON of the form that the endpoint takes; the detail says where. /v1/docs shows "
    "the form.",
    "cross-site-request": "A change in a user's session must show that it is the user's own will: by the header Origin, "
    "which browsers send themselves, and by X-CSRF-Token with the csrf_token that GET /v1/session "
    "tells.",
    "dead-link": "A link to set a password works once, within two days, and until a newer one is made. Ask an "
    "admin of your tenant for another.",
    "sign-in-refused": "There is no user with this e-mail address and password at this tenant, or not any more. We do "
    "not tell which. An admin of your tenant can make a link to set a new password.",
    "too-many-attempts": "Too many attempts to sign in failed, on this account or from this network, whether the account "
    "exists or not. Wait for the seconds in Retry-After; each further failure doubles them. A link "
    "from an admin works at once.",
    "weak-password": "The password would be guessed: see the detail. Several words that have nothing to do with each "
    "other make a good one.",
    "last-admin": "After this change the tenant would have no admin who can sign in, and so nobody to undo it. "
    "Make another user an admin first.",
    "more-than-own": "Nobody can give away more than they may do themselves: the client, or the user's role, has "
    "scopes that you lack. The detail names them.",
    "unknown-client": "The tenant has no client with this id, or it was revoked. GET /v1/clients lists them.",
    "unknown-scope": "There is no scope of this name. The detail lists those that a client can have.",
    "unknown-user": "The tenant has no user with this id. GET /v1/users lists them.",
    "user-exists": "The tenant has a user with this e-mail address. Make a new link for them, or change them, "
    "instead.",
    "too-many-recipients": "The tenant has as many recipients of its digest as it may. Remove one.",
    "no-passkey": "To step up a user shows a passkey, and this one has none. Make one at /v1/session/passkeys "
    "within five minutes of signing in.",
    "passkey-refused": "What the browser sent does not show the passkey that was asked for: another challenge, another "
    "site, another user's key, or too late. A challenge serves once: ask for options again.",
    "too-many-passkeys": "A user can have twenty passkeys. Remove one that is not needed any more.",
    "unknown-passkey": "The user who is signed in has no passkey with this id. GET /v1/session/passkeys lists them.",
    "bad-identity-provider": "The identity provider does not answer discovery as OpenID Connect has it, names itself "
    "otherwise, or is at no public https address. The detail says which.",
    "no-identity-provider": "The tenant has no identity provider: its users sign in with passwords. PUT /v1/identity- "
    "provider sets one.",
    "unauthenticated": "There is no access token, or it is malformed, expired, or its client has lost access. Get a "
    "new one at /v1/oauth/token. In a browser: no session lives; sign in at /v1/session.",
    "unavailable": "A part that this endpoint needs does not answer. Nothing was taken in: send the same request "
    "again after the seconds in Retry-After.",
    "unknown-delivery": "The webhook's log has no message of this id, which is the header webhook-id; it keeps 30 days.",
    "unknown-webhook": "The tenant has no webhook of this id. GET /v1/webhooks lists those that there are.",
    "webhook-not-active": "The webhook is paused or disabled, so nothing is sent to it. Resume it first.",
    "unknown-link": "The link is not whole, or of no letter of ours. Open it from the letter again.",
    "unknown-recipient": "The tenant has no recipient of this id. GET /v1/digests/recipients lists those that there are.",
    "unknown-deletion": "The tenant has no deletion of this id. GET /v1/predictions/deletions lists them.",
    "unknown-erasure": "The tenant has no erasure of this id. GET /v1/erasures lists the newest.",
    "unknown-model-version": "The tenant's own model has no version of this name, or none is pinned. GET /v1/models lists "
    "its versions; one that was published a moment ago is there within seconds.",
    "unknown-suppression": "The list of suppressed SKUs has no entry of exactly this SKU and warehouse, or it has expired. "
    "Without a warehouse the entry for all warehouses is meant, which is another than that of one of them.",
    "unknown-tenant": "There is no tenant of this id, or it was deleted.",
    "unknown-sku": "The tenant's catalogue says nothing of this SKU. Events may still have told of it.",
    "unsupported-content-coding": "The body is compressed in a way that we do not know. Use gzip or nothing.",
    "unsupported-media-type": "The body is not of a type that we take; the header Accept-Post, or Accept, lists them.",
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
