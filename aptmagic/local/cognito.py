"""What ministack's Cognito leaves out, so that the embedded cloud keeps to Cognito's rules.

A new address counts when its code has come back; the answer to a challenge needs the session that
asked for it, once; so does the first sign-in after a sign-up, which then asks for no password; a
code of an authenticator lets in once; a refresh token is good for one refresh. (AWS forgives a
second use for the grace period of the client; here there is none.)
"""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Said = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[Said], Answer]

CODE = "123456"  # as ministack sends to those who sign up
VERIFY = "VerifyUserAttribute"
SIGNED_UP, CONFIRMED = "SignUp", "ConfirmSignUp"
CHALLENGES = {"SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED"}


def complete(cognito: Any) -> None:
    """Put our rules before ministack's. `cognito` is its module."""
    rules = Rules(cognito)
    dispatch = cognito._dispatch_idp

    async def dispatch_idp(action: str, said: Said) -> Answer:
        if action != VERIFY:
            answer: Answer = await dispatch(action, said)
            return answer
        verified: Answer = await cognito.run_reentrant(
            rules.run, rules.verify_user_attribute, action, said, thread_name="cognito"
        )
        return verified

    cognito._dispatch_idp = dispatch_idp
    cognito._run_idp_handler = rules.run
    cognito._update_user_attributes = rules.update_user_attributes
    cognito._UNSIGNED_IDP_ACTIONS.add(VERIFY)


@dataclass(frozen=True)
class Asked:
    """A session that awaits the call it is for; `name` is the challenge, or the call it is of."""

    name: str
    sub: str
    client: str
    until: float


class Rules:
    def __init__(self, cognito: Any) -> None:
        self._cognito = cognito
        self._run = cognito._run_idp_handler
        self._update = cognito._update_user_attributes
        self._asked: dict[str, Asked] = {}

    def run(self, handler: Handler, action: str, said: Said) -> Answer:
        if refused := self._refusal(action, said):
            return refused
        if _kind(action, said) == CONFIRMED:
            handler = self._sign_in_confirmed
        answer: Answer = self._run(handler, action, said)
        if answer[0] != 200:
            return answer
        if action in (SIGNED_UP, CONFIRMED):
            return self._with_session(action, said, answer)
        if action == "AdminRespondToAuthChallenge":
            self._answered(said)
        if action == "GetTokensFromRefreshToken":
            return self._rotated(said, answer)
        if action in ("AdminInitiateAuth", "AdminRespondToAuthChallenge"):
            self._remember(said, json.loads(answer[2]))
        return answer

    def update_user_attributes(self, said: Said) -> Answer:
        user, pool = self._cognito._user_pool_for_access_token(said.get("AccessToken", ""))
        wanted = {each["Name"]: each["Value"] for each in said.get("UserAttributes", [])}
        settings = (pool or {}).get("UserAttributeUpdateSettings") or {}
        email = wanted.pop("email", None)
        if not email or "email" not in settings.get(
            "AttributesRequireVerificationBeforeUpdate", ()
        ):
            return self._plainly(said)
        if self._taken(pool, email, user):
            return self._error("AliasExistsException", "An account with the email already exists.")
        user["_new_email"] = email
        self._cognito._send_verification_email(pool, user["Username"], {"email": email}, CODE)
        if wanted:
            others = [{"Name": name, "Value": value} for name, value in wanted.items()]
            self._update({**said, "UserAttributes": others})
        delivery = {"Destination": email, "DeliveryMedium": "EMAIL", "AttributeName": "email"}
        return self._ok({"CodeDeliveryDetailsList": [delivery]})

    def verify_user_attribute(self, said: Said) -> Answer:
        user, pool = self._cognito._user_pool_for_access_token(said.get("AccessToken", ""))
        if not user:
            return self._error("NotAuthorizedException", "Invalid Access Token")
        email = user.get("_new_email")
        if wrong := self._cognito._code_error(CODE if email else None, said.get("Code")):
            refused: Answer = wrong
            return refused
        if self._taken(pool, email, user):
            return self._error("AliasExistsException", "An account with the email already exists.")
        del user["_new_email"]
        proven = [
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
        ]
        user["Attributes"] = self._cognito._merge_attributes(user["Attributes"], proven)
        return self._ok({})

    def _refusal(self, action: str, said: Said) -> Answer | None:
        kind = _kind(action, said)
        if not kind:
            return None
        asked = self._asked.get(said.get("Session", ""))
        pool, user = self._whom(said)
        if asked is None or (asked.name, asked.sub, asked.client) != (
            kind,
            _sub(user),
            said["ClientId"],
        ):
            return self._error("NotAuthorizedException", "Invalid session for the user.")
        if asked.until < time.time():
            return self._error(
                "NotAuthorizedException", "Invalid session for the user, session is expired."
            )
        if kind not in CHALLENGES:
            return None
        given = said.get("ChallengeResponses", {})
        if asked.name == "NEW_PASSWORD_REQUIRED":
            weak: Answer | None = self._cognito._validate_password(
                pool, given.get("NEW_PASSWORD", "")
            )
            return weak
        if user.get("_totp_used") == given.get("SOFTWARE_TOKEN_MFA_CODE"):
            return self._error(
                "ExpiredCodeException", "Your software token has already been used once."
            )
        return None

    def _answered(self, said: Said) -> None:
        self._asked.pop(said.get("Session", ""), None)
        _, user = self._whom(said)
        if code := said.get("ChallengeResponses", {}).get("SOFTWARE_TOKEN_MFA_CODE"):
            user["_totp_used"] = code

    def _remember(self, said: Said, answer: Said) -> None:
        pool, user = self._whom(said)
        if answer.get("ChallengeName") in CHALLENGES:
            self._keep(answer["Session"], answer["ChallengeName"], said, pool, user)
        elif "AuthenticationResult" in answer:
            first = (CONFIRMED, _sub(user))  # such a session is for the first sign-in alone
            self._forget(lambda each: (each.name, each.sub) == first)

    def _with_session(self, action: str, said: Said, answer: Answer) -> Answer:
        """SignUp answers a session for ConfirmSignUp, and that one for the first sign-in."""
        body, session = json.loads(answer[2]), secrets.token_urlsafe(48)
        pool, user = self._whom(said)
        if action == CONFIRMED and self._asked.pop(said.get("Session", ""), None) is None:
            return answer
        if not self._allows_user_auth(pool, said):
            return answer
        self._keep(session, SIGNED_UP if action == SIGNED_UP else CONFIRMED, said, pool, user)
        return self._ok({**body, "Session": session})

    def _sign_in_confirmed(self, said: Said) -> Answer:
        pool, user = self._whom(said)
        if not self._allows_user_auth(pool, said):
            return self._error(
                "InvalidParameterException", "USER_AUTH is not enabled for the client."
            )
        if self._asked.pop(said["Session"], None) is None:
            return self._error("NotAuthorizedException", "Invalid session for the user.")
        if not user.get("Enabled", True):
            return self._error("NotAuthorizedException", "User is disabled.")
        answer: Answer = self._cognito._password_auth_result(
            pool, said["UserPoolId"], said["ClientId"], user, user["Username"], data=said
        )
        return answer

    def _keep(self, session: str, name: str, said: Said, pool: Said, user: Said) -> None:
        minutes = pool["_clients"][said["ClientId"]].get("AuthSessionValidity", 3)
        until = time.time() + 60 * minutes
        self._forget(lambda each: each.until < time.time())
        self._asked[session] = Asked(name, _sub(user), said["ClientId"], until)

    def _forget(self, which: Callable[[Asked], bool]) -> None:
        for session, asked in list(self._asked.items()):
            if which(asked):
                self._asked.pop(session, None)

    def _allows_user_auth(self, pool: Said, said: Said) -> bool:
        client = pool["_clients"][said["ClientId"]]
        return "ALLOW_USER_AUTH" in client.get("ExplicitAuthFlows", ())

    def _rotated(self, said: Said, answer: Answer) -> Answer:
        old = self._cognito._token_claims(said["RefreshToken"])
        pool_id = old["iss"].rsplit("/", 1)[-1]
        fresh = self._cognito._fake_token(
            old["sub"],
            pool_id,
            said["ClientId"],
            "refresh",
            origin_jti=old.get("origin_jti", ""),
            scope=old.get("scope"),
        )
        # This token alone: what came of the same sign-in goes on.
        self._cognito._revoked_tokens.add(said["RefreshToken"])
        result = json.loads(answer[2])
        result["AuthenticationResult"]["RefreshToken"] = fresh
        return self._ok(result)

    def _whom(self, said: Said) -> tuple[Said, Said]:
        given = said.get("ChallengeResponses") or said.get("AuthParameters") or {}
        if "UserPoolId" in said:
            pool, _ = self._cognito._resolve_pool(said["UserPoolId"])
        else:
            self._cognito._pin_unsigned_idp_scope(said)  # its region, which no signature names
            pool, _ = self._cognito._pool_for_client(said.get("ClientId"))
        name = given.get("USERNAME") or said.get("Username")
        user, _ = self._cognito._resolve_user(pool, name) if pool else ({}, None)
        return pool or {}, user or {}

    def _taken(self, pool: Said, email: str, user: Said) -> bool:
        other, _ = self._cognito._resolve_user(pool, email)
        return other is not None and _sub(other) != _sub(user)

    def _plainly(self, said: Said) -> Answer:
        answer: Answer = self._update(said)
        return answer

    def _ok(self, body: Said) -> Answer:
        answer: Answer = self._cognito.json_response(body)
        return answer

    def _error(self, code: str, message: str) -> Answer:
        answer: Answer = self._cognito.error_response_json(code, message, 400)
        return answer


def _kind(action: str, said: Said) -> str:
    """The kind of session that this call has to bring; "" for one that needs none."""
    if action == "AdminRespondToAuthChallenge":
        name = str(said.get("ChallengeName", ""))
        return name if name in CHALLENGES else ""
    if not said.get("Session"):
        return ""
    if action == CONFIRMED:
        return SIGNED_UP
    flow = said.get("AuthFlow") if action == "AdminInitiateAuth" else ""
    return CONFIRMED if flow == "USER_AUTH" else ""


def _sub(user: Said) -> str:
    found = [each["Value"] for each in user.get("Attributes", []) if each["Name"] == "sub"]
    return found[0] if found else ""
