"""Cognito's rules that ministack leaves out.

A changed e-mail address takes effect once its code is confirmed. A challenge is answered with the
session that issued it, once; so is the first sign-in after sign-up, which needs no password. An
authenticator code works once, and a refresh token too. (AWS allows a second use during the
client's grace period; there is none here.)
"""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Payload = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[Payload], Answer]

CODE = "123456"  # the code that ministack sends on sign-up
VERIFY = "VerifyUserAttribute"
SIGNED_UP, CONFIRMED = "SignUp", "ConfirmSignUp"
CHALLENGES = {"SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED"}


def install(cognito: Any) -> None:
    """Apply these rules to `cognito`, ministack's module."""
    rules = CognitoRules(cognito)
    dispatch = cognito._dispatch_idp

    async def dispatch_idp(action: str, payload: Payload) -> Answer:
        if action != VERIFY:
            answer: Answer = await dispatch(action, payload)
            return answer
        verified: Answer = await cognito.run_reentrant(
            rules.run, rules.verify_user_attribute, action, payload, thread_name="cognito"
        )
        return verified

    cognito._dispatch_idp = dispatch_idp
    cognito._run_idp_handler = rules.run
    cognito._update_user_attributes = rules.update_user_attributes
    cognito._UNSIGNED_IDP_ACTIONS.add(VERIFY)


@dataclass(frozen=True)
class PendingSession:
    """A session that may be used once; `name` is the challenge, or the action, it belongs to."""

    name: str
    sub: str
    client: str
    until: float


class CognitoRules:
    def __init__(self, cognito: Any) -> None:
        self._cognito = cognito
        self._run = cognito._run_idp_handler
        self._update = cognito._update_user_attributes
        self._pending: dict[str, PendingSession] = {}

    def run(self, handler: Handler, action: str, payload: Payload) -> Answer:
        if refused := self._refuse(action, payload):
            return refused
        if _session_name(action, payload) == CONFIRMED:
            handler = self._sign_in_confirmed
        answer: Answer = self._run(handler, action, payload)
        if answer[0] != 200:
            return answer
        if action in (SIGNED_UP, CONFIRMED):
            return self._add_session(action, payload, answer)
        if action == "AdminRespondToAuthChallenge":
            self._consume_session(payload)
        if action == "GetTokensFromRefreshToken":
            return self._rotate_refresh_token(payload, answer)
        if action in ("AdminInitiateAuth", "AdminRespondToAuthChallenge"):
            self._keep_sessions(payload, json.loads(answer[2]))
        return answer

    def update_user_attributes(self, payload: Payload) -> Answer:
        user, pool = self._cognito._user_pool_for_access_token(payload.get("AccessToken", ""))
        wanted = {each["Name"]: each["Value"] for each in payload.get("UserAttributes", [])}
        settings = (pool or {}).get("UserAttributeUpdateSettings") or {}
        email = wanted.pop("email", None)
        if not email or "email" not in settings.get(
            "AttributesRequireVerificationBeforeUpdate", ()
        ):
            return self._update_unverified(payload)
        if self._is_email_taken(pool, email, user):
            return self._error("AliasExistsException", "An account with the email already exists.")
        user["_new_email"] = email
        self._cognito._send_verification_email(pool, user["Username"], {"email": email}, CODE)
        if wanted:
            others = [{"Name": name, "Value": value} for name, value in wanted.items()]
            self._update({**payload, "UserAttributes": others})
        delivery = {"Destination": email, "DeliveryMedium": "EMAIL", "AttributeName": "email"}
        return self._ok({"CodeDeliveryDetailsList": [delivery]})

    def verify_user_attribute(self, payload: Payload) -> Answer:
        user, pool = self._cognito._user_pool_for_access_token(payload.get("AccessToken", ""))
        if not user:
            return self._error("NotAuthorizedException", "Invalid Access Token")
        email = user.get("_new_email")
        if wrong := self._cognito._code_error(CODE if email else None, payload.get("Code")):
            refused: Answer = wrong
            return refused
        if self._is_email_taken(pool, email, user):
            return self._error("AliasExistsException", "An account with the email already exists.")
        del user["_new_email"]
        proven = [
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
        ]
        user["Attributes"] = self._cognito._merge_attributes(user["Attributes"], proven)
        return self._ok({})

    def _refuse(self, action: str, payload: Payload) -> Answer | None:
        kind = _session_name(action, payload)
        if not kind:
            return None
        pending = self._pending.get(payload.get("Session", ""))
        pool, user = self._pool_and_user(payload)
        if pending is None or (pending.name, pending.sub, pending.client) != (
            kind,
            _sub(user),
            payload["ClientId"],
        ):
            return self._error("NotAuthorizedException", "Invalid session for the user.")
        if pending.until < time.time():
            return self._error(
                "NotAuthorizedException", "Invalid session for the user, session is expired."
            )
        if kind not in CHALLENGES:
            return None
        given = payload.get("ChallengeResponses", {})
        if pending.name == "NEW_PASSWORD_REQUIRED":
            weak: Answer | None = self._cognito._validate_password(
                pool, given.get("NEW_PASSWORD", "")
            )
            return weak
        if user.get("_totp_used") == given.get("SOFTWARE_TOKEN_MFA_CODE"):
            return self._error(
                "ExpiredCodeException", "Your software token has already been used once."
            )
        return None

    def _consume_session(self, payload: Payload) -> None:
        self._pending.pop(payload.get("Session", ""), None)
        _, user = self._pool_and_user(payload)
        if code := payload.get("ChallengeResponses", {}).get("SOFTWARE_TOKEN_MFA_CODE"):
            user["_totp_used"] = code

    def _keep_sessions(self, payload: Payload, answer: Payload) -> None:
        pool, user = self._pool_and_user(payload)
        if answer.get("ChallengeName") in CHALLENGES:
            self._keep(answer["Session"], answer["ChallengeName"], payload, pool, user)
        elif "AuthenticationResult" in answer:
            first = (CONFIRMED, _sub(user))  # valid for the first sign-in only
            self._drop_sessions(lambda each: (each.name, each.sub) == first)

    def _add_session(self, action: str, payload: Payload, answer: Answer) -> Answer:
        """SignUp returns a session for ConfirmSignUp, which returns one for the first sign-in."""
        body, session = json.loads(answer[2]), secrets.token_urlsafe(48)
        pool, user = self._pool_and_user(payload)
        if action == CONFIRMED and self._pending.pop(payload.get("Session", ""), None) is None:
            return answer
        if not self._allows_user_auth(pool, payload):
            return answer
        self._keep(session, SIGNED_UP if action == SIGNED_UP else CONFIRMED, payload, pool, user)
        return self._ok({**body, "Session": session})

    def _sign_in_confirmed(self, payload: Payload) -> Answer:
        pool, user = self._pool_and_user(payload)
        if not self._allows_user_auth(pool, payload):
            return self._error(
                "InvalidParameterException", "USER_AUTH is not enabled for the client."
            )
        if self._pending.pop(payload["Session"], None) is None:
            return self._error("NotAuthorizedException", "Invalid session for the user.")
        if not user.get("Enabled", True):
            return self._error("NotAuthorizedException", "User is disabled.")
        answer: Answer = self._cognito._password_auth_result(
            pool, payload["UserPoolId"], payload["ClientId"], user, user["Username"], data=payload
        )
        return answer

    def _keep(
        self, session: str, name: str, payload: Payload, pool: Payload, user: Payload
    ) -> None:
        minutes = pool["_clients"][payload["ClientId"]].get("AuthSessionValidity", 3)
        until = time.time() + 60 * minutes
        self._drop_sessions(lambda each: each.until < time.time())
        self._pending[session] = PendingSession(name, _sub(user), payload["ClientId"], until)

    def _drop_sessions(self, which: Callable[[PendingSession], bool]) -> None:
        for session, pending in list(self._pending.items()):
            if which(pending):
                self._pending.pop(session, None)

    def _allows_user_auth(self, pool: Payload, payload: Payload) -> bool:
        client = pool["_clients"][payload["ClientId"]]
        return "ALLOW_USER_AUTH" in client.get("ExplicitAuthFlows", ())

    def _rotate_refresh_token(self, payload: Payload, answer: Answer) -> Answer:
        old = self._cognito._token_claims(payload["RefreshToken"])
        pool_id = old["iss"].rsplit("/", 1)[-1]
        fresh = self._cognito._fake_token(
            old["sub"],
            pool_id,
            payload["ClientId"],
            "refresh",
            origin_jti=old.get("origin_jti", ""),
            scope=old.get("scope"),
        )
        # Only this token: others of the same sign-in stay valid.
        self._cognito._revoked_tokens.add(payload["RefreshToken"])
        result = json.loads(answer[2])
        result["AuthenticationResult"]["RefreshToken"] = fresh
        return self._ok(result)

    def _pool_and_user(self, payload: Payload) -> tuple[Payload, Payload]:
        given = payload.get("ChallengeResponses") or payload.get("AuthParameters") or {}
        if "UserPoolId" in payload:
            pool, _ = self._cognito._resolve_pool(payload["UserPoolId"])
        else:
            self._cognito._pin_unsigned_idp_scope(payload)  # unsigned requests name no region
            pool, _ = self._cognito._pool_for_client(payload.get("ClientId"))
        name = given.get("USERNAME") or payload.get("Username")
        user, _ = self._cognito._resolve_user(pool, name) if pool else ({}, None)
        return pool or {}, user or {}

    def _is_email_taken(self, pool: Payload, email: str, user: Payload) -> bool:
        other, _ = self._cognito._resolve_user(pool, email)
        return other is not None and _sub(other) != _sub(user)

    def _update_unverified(self, payload: Payload) -> Answer:
        answer: Answer = self._update(payload)
        return answer

    def _ok(self, body: Payload) -> Answer:
        answer: Answer = self._cognito.json_response(body)
        return answer

    def _error(self, code: str, message: str) -> Answer:
        answer: Answer = self._cognito.error_response_json(code, message, 400)
        return answer


def _session_name(action: str, payload: Payload) -> str:
    """The name of the session that this action requires, or ""."""
    if action == "AdminRespondToAuthChallenge":
        name = str(payload.get("ChallengeName", ""))
        return name if name in CHALLENGES else ""
    if not payload.get("Session"):
        return ""
    if action == CONFIRMED:
        return SIGNED_UP
    flow = payload.get("AuthFlow") if action == "AdminInitiateAuth" else ""
    return CONFIRMED if flow == "USER_AUTH" else ""


def _sub(user: Payload) -> str:
    found = [each["Value"] for each in user.get("Attributes", []) if each["Name"] == "sub"]
    return found[0] if found else ""
