"""Who signs in to the pages, how, and for how long. None of it changes a night."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from governance.access.roles import ROLES
from pipelines.settings.section import Section

Least = Annotated[int, Field(ge=1)]
Text = Annotated[str, Field(min_length=1, max_length=80)]


class WebSettings(Section):
    """The pages (`caselink serve`): their address, the sign-in service (OpenID Connect), sessions and rates."""

    origin: str = Field(
        default="http://127.0.0.1:8000",
        pattern=r"^https?://[a-z0-9.:\[\]-]+$",
        description="scheme, host and port as browsers name this site; https where people are real",
    )
    issuer: str = Field(
        default="",
        pattern=r"^(https?://.*)?$",
        description="issuer of the sign-in service; its addresses come from its discovery document",
    )
    client_id: str = Field(default="", description="our name at the sign-in service")
    client_secret_file: str = Field(
        default="", description="file with our secret there, mode 0600, inside the project or absolute; empty: none (PKCE alone)"
    )
    client_secret_credential: str = Field(
        default="", description="name of a systemd credential (`LoadCredential=`) that holds the secret, in place of the file"
    )
    scope: str = Field(default="openid", description="scopes asked of the sign-in service")
    api_audience: str = Field(
        default="",
        max_length=200,
        description="the API's name (`aud`) in tokens of the sign-in service, another than client_id; empty: none is taken",
    )
    idle_minutes: Least = Field(default=15, description="minutes without a request after which a session ends")
    absolute_hours: Least = Field(default=10, description="hours after which a session ends at all: a working day")
    requests_a_minute: Least = Field(default=120, description="requests of one user to one page in a minute; more wait")
    sign_ins_a_minute: Least = Field(
        default=120,
        description="requests to the sign-in pages from one address in a minute: three a sign-in, and many share a gateway",
    )
    body_kilobytes: Least = Field(default=256, description="largest form that is read")
    agreement_file: str = Field(
        default="",
        description="text of the user agreement, one paragraph a line, inside the project or absolute; none: the shipped one",
    )

    @model_validator(mode="after")
    def _whole(self) -> WebSettings:
        if bool(self.issuer) != bool(self.client_id):
            raise ValueError("issuer and client_id go together")
        if self.api_audience and (not self.issuer or self.api_audience == self.client_id):
            raise ValueError("api_audience needs an issuer, and is another name than client_id: a sign-in's token is no key")
        if self.client_secret_file and self.client_secret_credential:
            raise ValueError("the secret is in a file or a credential, not in both")
        return self


class UserPost(Section):
    """What a user works as."""

    role: str = Field(description="a role of docs/reference/access.md")
    team: str = Field(default="", description="id of a [[team]]: in whose pseudonyms she works")
    practice: str = Field(default="", description="a GP practice user's practice")
    professional: str = Field(default="", description="id of the [[professional]] she is")

    @model_validator(mode="after")
    def _known(self) -> UserPost:
        found = next((role for role in ROLES if role.name == self.role), None)
        if found is None:
            raise ValueError("there is no such role")
        if found.opens and not self.team:
            raise ValueError("a role that opens identities works in a team: name it")
        if found.name == "gp practice user" and not self.practice:
            raise ValueError("a GP practice user has a practice: name it")
        return self


class UserSettings(Section):
    """One user of the pages: her account and her posts. Whoever is not here, or has no post, is told so and sees nothing."""

    account: Text = Field(description="stable subject (`sub`) of the sign-in service")
    name: str = Field(default="", max_length=80, description="how the pages address her; none: her account")
    post: tuple[UserPost, ...] = Field(
        default=(), description="what she works as: role, team, practice, professional; the first is what she begins as"
    )
