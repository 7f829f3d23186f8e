"""GitHub's JSON for commits, workflow runs and check suites."""

from __future__ import annotations

from tocsin.town.git.commit import Commit
from tocsin.town.github.board import Board, Repo
from tocsin.town.github.builds import Run
from tocsin.town.github.shapes import ONLY_REST_REPO, REPO_URLS, Shapes
from tocsin.town.ids import iso, whole_number
from tocsin.town.wire import JSON

LITE_REPO = (
    "id",
    "node_id",
    "name",
    "full_name",
    "owner",
    "private",
    "html_url",
    "description",
    "fork",
    "url",
)
NOT_IN_LITE = ("git_url", "ssh_url", "clone_url", "svn_url")
CHECKS_APP = "github-actions"


class BuildShapes:
    """Builds answers and payloads for one board."""

    def __init__(self, board: Board, shapes: Shapes) -> None:
        self._board = board
        self._shapes = shapes

    def commit(self, repo: Repo, commit: Commit) -> JSON:
        """As GET /commits gives it."""
        url = f"{self._board.api_url(repo)}/commits/{commit.sha}"
        page = f"{self._board.url}/github/{repo.full_name}/commit"
        git = f"{self._board.api_url(repo)}/git"
        by = {"name": commit.author, "email": commit.email, "date": iso(commit.at)}
        login = self._board.login_of(commit.email)
        return {
            "url": url,
            "sha": commit.sha,
            "node_id": f"C_{commit.sha}",
            "html_url": f"{page}/{commit.sha}",
            "comments_url": f"{url}/comments",
            "commit": {
                "url": f"{git}/commits/{commit.sha}",
                "author": by,
                "committer": by,
                "message": commit.message,
                "comment_count": 0,
                "tree": {"sha": commit.tree, "url": f"{git}/trees/{commit.tree}"},
                "verification": {
                    "verified": False,
                    "reason": "unsigned",
                    "payload": None,
                    "signature": None,
                    "verified_at": None,
                },
            },
            **dict.fromkeys(("author", "committer"), self._shapes.user(login) if login else None),
            "parents": [
                {
                    "sha": parent,
                    "url": f"{self._board.api_url(repo)}/commits/{parent}",
                    "html_url": f"{page}/{parent}",
                }
                for parent in commit.parents
            ],
        }

    def _user(self, commit: Commit) -> JSON:
        """Whose run it is; an address without an account counts as the web's."""
        return self._shapes.user(self._board.login_of(commit.email) or "web-flow")

    def head_commit(self, commit: Commit) -> JSON:
        by = {"name": commit.author, "email": commit.email}
        return {
            "id": commit.sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": iso(commit.at),
            "author": by,
            "committer": by,
        }

    def lite(self, repo: Repo) -> JSON:
        """The repository as runs carry it."""
        whole = self._shapes.repo(repo)
        return {name: whole[name] for name in (*LITE_REPO, *REPO_URLS) if name not in NOT_IN_LITE}

    def run(self, repo: Repo, run: Run) -> JSON:
        url = f"{self._board.api_url(repo)}/actions/runs/{run.id}"
        who = self._user(run.commit)
        return {
            "id": run.id,
            "name": run.workflow,
            "node_id": f"WFR_{run.id}",
            "check_suite_id": run.suite_id,
            "check_suite_node_id": f"CS_{run.suite_id}",
            "head_branch": run.branch,
            "head_sha": run.commit.sha,
            "path": run.path,
            "display_title": run.commit.message.splitlines()[0],
            "run_number": run.number,
            "run_attempt": run.attempt,
            "event": run.event,
            "status": run.status,
            "conclusion": run.conclusion,
            "workflow_id": run.workflow_id,
            "url": url,
            "html_url": run.html_url,
            "pull_requests": [],
            "referenced_workflows": [],
            **dict.fromkeys(("created_at", "updated_at", "run_started_at"), iso(run.at)),
            **dict.fromkeys(("actor", "triggering_actor"), who),
            "jobs_url": f"{url}/jobs",
            "logs_url": f"{url}/logs",
            "check_suite_url": f"{self._board.api_url(repo)}/check-suites/{run.suite_id}",
            "artifacts_url": f"{url}/artifacts",
            "cancel_url": f"{url}/cancel",
            "rerun_url": f"{url}/rerun",
            "previous_attempt_url": None,
            "workflow_url": f"{self._board.api_url(repo)}/actions/workflows/{run.workflow_id}",
            "head_commit": self.head_commit(run.commit),
            **dict.fromkeys(("repository", "head_repository"), self.lite(repo)),
        }

    def run_event(self, repo: Repo, run: Run) -> JSON:
        """The payload of `workflow_run`, completed."""
        workflow = self.workflow(repo, run.workflow_id, run.workflow, run.path)
        return self._event(repo, run) | {"workflow_run": self.run(repo, run), "workflow": workflow}

    def workflow(self, repo: Repo, id: int, name: str, path: str, state: str = "active") -> JSON:
        page = f"{self._board.url}/github/{repo.full_name}"
        return {
            "id": id,
            "node_id": f"W_{id}",
            "name": name,
            "path": path,
            "state": state,
            "created_at": iso(repo.created_at),
            "updated_at": iso(repo.created_at),
            "url": f"{self._board.api_url(repo)}/actions/workflows/{id}",
            "html_url": f"{page}/blob/{repo.default_branch}/{path}",
            "badge_url": f"{page}/workflows/{id}/badge.svg",
        }

    def suite_event(self, repo: Repo, run: Run) -> JSON:
        """The payload of `check_suite`, completed."""
        url = f"{self._board.api_url(repo)}/check-suites/{run.suite_id}"
        suite = {
            "id": run.suite_id,
            "node_id": f"CS_{run.suite_id}",
            "head_branch": run.branch,
            "head_sha": run.commit.sha,
            "status": "completed",
            "conclusion": run.conclusion,
            "url": url,
            "before": run.commit.parent,
            "after": run.commit.sha,
            "pull_requests": [],
            "app": self.app(repo, CHECKS_APP),
            "created_at": iso(run.at),
            "updated_at": iso(run.at),
            "rerequestable": True,
            "runs_rerequestable": False,
            "latest_check_runs_count": 1,
            "check_runs_url": f"{url}/check-runs",
            "head_commit": self.head_commit(run.commit),
        }
        return self._event(repo, run) | {"check_suite": suite}

    def app(self, repo: Repo, slug: str) -> JSON:
        """An app that is installed on the repository."""
        return {
            "id": 15368 if slug == CHECKS_APP else whole_number(f"github/app/{slug}"),
            "slug": slug,
            "node_id": f"A_{slug}",
            "owner": self._shapes.user("github" if slug == CHECKS_APP else repo.owner),
            "name": "GitHub Actions" if slug == CHECKS_APP else slug,
            "description": "Automate your workflow from idea to production",
            "external_url": "https://help.github.com/en/actions",
            "html_url": f"{self._board.url}/github/apps/{slug}",
            "created_at": iso(repo.created_at),
            "updated_at": iso(repo.created_at),
            "permissions": {"actions": "write", "checks": "write"},
            "events": [],
        }

    def _event(self, repo: Repo, run: Run) -> JSON:
        return {
            "action": "completed",
            "repository": self.repo_in_event(repo),
            "sender": self._user(run.commit),
        }

    def repo_in_event(self, repo: Repo) -> JSON:
        return {n: v for n, v in self._shapes.repo(repo).items() if n not in ONLY_REST_REPO}
