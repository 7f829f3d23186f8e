"""GitHub's REST API for branch protection. Whoever writes it replaces the whole of it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tocsin.town.github.board import Board, Repo
from tocsin.town.github.build_shapes import BuildShapes
from tocsin.town.github.door import REPO, Door, Problem, body_of, page
from tocsin.town.github.hosting import Hosting
from tocsin.town.github.protection import SWITCHES, Protection, Protections, Reviews, Who
from tocsin.town.github.shapes import Shapes
from tocsin.town.wire import JSON

NEEDED = ("required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions")


class ProtectionApi:
    """The operations."""

    def __init__(
        self,
        door: Door,
        board: Board,
        hosting: Hosting,
        protections: Protections,
        shapes: Shapes,
        builds: BuildShapes,
    ) -> None:
        self._door = door
        self._board = board
        self._hosting = hosting
        self._protections = protections
        self._shapes = shapes
        self._builds = builds

    def routes(self) -> list[BaseRoute]:
        route, path = self._door.route, REPO + "/branches/{branch:path}/protection"
        return [
            route("GET", path, self._get),
            route("PUT", path, self._put),
            route("DELETE", path, self._delete),
            route("GET", path + "/required_status_checks", self._get_checks),
            route("GET", path + "/restrictions", self._get_restrictions),
            route("DELETE", path + "/restrictions", self._unrestrict),
            route("GET", REPO + "/rules/branches/{branch:path}", self._rules),
        ]

    async def _get(self, request: Request) -> Response:
        repo, branch, rule = await self._rule(request)
        return JSONResponse(self._shape(repo, branch, rule))

    async def _put(self, request: Request) -> Response:
        repo, branch = await self._branch(request)
        rule = self._read(await body_of(request))
        if rule.restrictions is not None and repo.owner in self._board.persons:
            raise Problem(422, "Only organization repositories can have users and team restrictions")
        self._protections.put(repo, branch, rule)
        return JSONResponse(self._shape(repo, branch, rule))

    async def _delete(self, request: Request) -> Response:
        repo, branch, _ = await self._rule(request)
        self._protections.remove(repo, branch)
        return Response(status_code=204)

    async def _rules(self, request: Request) -> Response:
        """What rulesets ask of a branch, whether it is there or not. Whoever may read the repository may read that."""
        repo, branch = self._door.repo(request), request.path_params["branch"]
        if not self._protections.rulesets.are_known:
            raise Problem(404, "Not Found")
        return page(request, self._protections.rulesets.shapes(repo, branch))

    async def _get_checks(self, request: Request) -> Response:
        return await self._part(request, "required_status_checks", "Required status checks not enabled")

    async def _get_restrictions(self, request: Request) -> Response:
        return await self._part(request, "restrictions", "Push restrictions not enabled")

    async def _part(self, request: Request, name: str, absent: str) -> Response:
        shape = self._shape(*await self._rule(request))
        if name not in shape:
            raise Problem(404, absent)
        return JSONResponse(shape[name])

    async def _unrestrict(self, request: Request) -> Response:
        _, _, rule = await self._rule(request)
        rule.restrictions = None
        return Response(status_code=204)

    async def _branch(self, request: Request) -> tuple[Repo, str]:
        repo, branch = self._door.repo(request), request.path_params["branch"]
        if await self._hosting.commit(repo, branch) is None:
            raise Problem(404, "Branch not found")
        return repo, branch

    async def _rule(self, request: Request) -> tuple[Repo, str, Protection]:
        repo, branch = await self._branch(request)
        rule = self._protections.of(repo, branch)
        if rule is None:
            raise Problem(404, "Branch not protected")
        return repo, branch, rule

    # Reading what is sent

    def _read(self, body: JSON) -> Protection:
        """What is not named is off, and these four have to be named."""
        for name in NEEDED:
            if name not in body:
                raise _invalid(f'"{name}" wasn\'t supplied.')
        checks = body["required_status_checks"]
        reviews, restrictions = body["required_pull_request_reviews"], body["restrictions"]
        return Protection(
            contexts=None if checks is None else _contexts(checks),
            strict=bool(checks and checks.get("strict")),
            enforce_admins=bool(body["enforce_admins"]),
            reviews=None if reviews is None else self._reviews(reviews),
            restrictions=None if restrictions is None else self._who(restrictions),
            **{name: bool(body.get(name)) for name in SWITCHES},
        )

    def _reviews(self, given: JSON) -> Reviews:
        bypass = given.get("bypass_pull_request_allowances")
        return Reviews(
            count=int(given.get("required_approving_review_count", 1)),
            dismiss_stale=bool(given.get("dismiss_stale_reviews")),
            code_owners=bool(given.get("require_code_owner_reviews")),
            last_push=bool(given.get("require_last_push_approval")),
            bypass=self._who(bypass) if bypass else None,
        )

    def _who(self, given: JSON) -> Who:
        """GitHub refuses whom it does not know, and takes nobody who may not write."""
        who = Who(*(_texts(given.get(name)) for name in ("users", "teams", "apps")))
        for login in who.users:
            known = login in self._board.members | self._board.admins
            if not known:
                raise Problem(
                    422, "Validation Failed", errors=[f"Only users with push access are allowed: {login}"]
                )
        unknown = [slug for slug in who.teams if slug not in self._board.teams]
        if unknown:
            raise Problem(422, "Validation Failed", errors=[f"No such team: {unknown[0]}"])
        return who

    # What is answered

    def _shape(self, repo: Repo, branch: str, rule: Protection) -> JSON:
        url = f"{self._board.api_url(repo)}/branches/{branch}/protection"
        shape: JSON = {"url": url}
        if rule.contexts is not None:
            shape["required_status_checks"] = {
                "url": f"{url}/required_status_checks",
                "strict": rule.strict,
                "contexts": rule.contexts,
                "contexts_url": f"{url}/required_status_checks/contexts",
                "checks": [{"context": name, "app_id": None} for name in rule.contexts],
            }
        if rule.reviews is not None:
            shape["required_pull_request_reviews"] = self._reviews_shape(repo, url, rule.reviews)
        if rule.restrictions is not None:
            where = f"{url}/restrictions"
            urls = {"url": where} | {f"{one}_url": f"{where}/{one}" for one in ("users", "teams", "apps")}
            shape["restrictions"] = urls | self._who_shape(repo, rule.restrictions)
        shape["enforce_admins"] = {"url": f"{url}/enforce_admins", "enabled": rule.enforce_admins}
        shape["required_signatures"] = {"url": f"{url}/required_signatures", "enabled": False}
        return shape | {name: {"enabled": getattr(rule, name)} for name in SWITCHES}

    def _reviews_shape(self, repo: Repo, url: str, reviews: Reviews) -> JSON:
        shape: JSON = {
            "url": f"{url}/required_pull_request_reviews",
            "dismiss_stale_reviews": reviews.dismiss_stale,
            "require_code_owner_reviews": reviews.code_owners,
            "require_last_push_approval": reviews.last_push,
            "required_approving_review_count": reviews.count,
        }
        if reviews.bypass is not None:
            shape["bypass_pull_request_allowances"] = self._who_shape(repo, reviews.bypass)
        return shape

    def _who_shape(self, repo: Repo, who: Who) -> JSON:
        return {
            "users": [self._shapes.user(login) for login in who.users],
            "teams": [self._shapes.team(repo.owner, slug) for slug in who.teams],
            "apps": [self._builds.app(repo, slug) for slug in who.apps],
        }


def _contexts(checks: JSON) -> list[str]:
    """By the older name or by the newer, which may say of which app a check has to be."""
    newer = [str(check["context"]) for check in checks.get("checks") or []]
    return newer or _texts(checks.get("contexts"))


def _texts(given: Any) -> list[str]:
    if not isinstance(given or [], list):
        raise _invalid("A list was expected.")
    return [str(one) for one in given or []]


def _invalid(why: str) -> Problem:
    return Problem(422, f"Invalid request.\n\n{why}")
