"""GitHub's JSON for what lies in git: branches, comparisons, files, pushes."""

from __future__ import annotations

import base64

from tocsin.town.git.commit import NOTHING, Change, Commit, Push
from tocsin.town.github.board import Board, Repo
from tocsin.town.github.build_shapes import BuildShapes
from tocsin.town.github.shapes import Shapes
from tocsin.town.ids import iso
from tocsin.town.wire import JSON


class CodeShapes:
    """Builds answers and payloads for one board."""

    def __init__(self, board: Board, shapes: Shapes, builds: BuildShapes) -> None:
        self._board = board
        self._shapes = shapes
        self._builds = builds

    def _page(self, repo: Repo) -> str:
        return f"{self._board.url}/github/{repo.full_name}"

    def commit(self, repo: Repo, commit: Commit) -> JSON:
        return self._builds.commit(repo, commit)

    def short_branch(self, repo: Repo, name: str, sha: str, protected: bool) -> JSON:
        url = f"{self._board.api_url(repo)}/commits/{sha}"
        return {"name": name, "commit": {"sha": sha, "url": url}, "protected": protected}

    def branch(self, repo: Repo, name: str, commit: Commit, checks: list[str] | None) -> JSON:
        """As GET /branches/{branch} gives it; `checks` are those that are required, None if it is not protected."""
        url = f"{self._board.api_url(repo)}/branches/{name}"
        required = {
            "enforcement_level": "non_admins" if checks else "off",
            "contexts": checks or [],
            "checks": [{"context": check, "app_id": None} for check in checks or []],
        }
        return {
            "name": name,
            "commit": self._builds.commit(repo, commit),
            "_links": {"self": url, "html": f"{self._page(repo)}/tree/{name}"},
            "protected": checks is not None,
            "protection": {"enabled": checks is not None, "required_status_checks": required},
            "protection_url": f"{url}/protection",
        }

    def ref(self, repo: Repo, ref: str, sha: str) -> JSON:
        git = f"{self._board.api_url(repo)}/git"
        target = {"type": "commit", "sha": sha, "url": f"{git}/commits/{sha}"}
        return {"ref": ref, "node_id": f"REF_{sha}", "url": f"{git}/{ref}", "object": target}

    def git_commit(self, repo: Repo, commit: Commit) -> JSON:
        """As GET /git/commits/{sha} gives it."""
        whole = self._builds.commit(repo, commit)
        inner = {name: value for name, value in whole["commit"].items() if name != "comment_count"}
        rest = {name: whole[name] for name in ("sha", "node_id", "html_url", "parents")}
        return inner | rest

    def file(self, repo: Repo, commit: str, change: Change) -> JSON:
        """One file of a commit or a comparison."""
        page = f"{self._page(repo)}"
        shape: JSON = {
            "sha": commit,
            "filename": change.path,
            "status": change.state,
            "additions": change.added,
            "deletions": change.removed,
            "changes": change.added + change.removed,
            "blob_url": f"{page}/blob/{commit}/{change.path}",
            "raw_url": f"{page}/raw/{commit}/{change.path}",
            "contents_url": f"{self._board.api_url(repo)}/contents/{change.path}?ref={commit}",
        }
        return shape | ({"previous_filename": change.was} if change.was else {})

    def whole_commit(self, repo: Repo, commit: Commit, changes: list[Change]) -> JSON:
        """As GET /commits/{ref} gives it."""
        added, removed = sum(one.added for one in changes), sum(one.removed for one in changes)
        return self._builds.commit(repo, commit) | {
            "stats": {"additions": added, "deletions": removed, "total": added + removed},
            "files": [self.file(repo, commit.sha, change) for change in changes],
        }

    def comparison(
        self,
        repo: Repo,
        base: Commit,
        merge_base: Commit,
        ahead: list[Commit],
        behind: int,
        changes: list[Change],
    ) -> JSON:
        """`ahead` oldest first."""
        state = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
        head = ahead[-1].sha if ahead else base.sha
        page = f"{self._page(repo)}/compare/{base.sha}...{head}"
        return {
            "url": f"{self._board.api_url(repo)}/compare/{base.sha}...{head}",
            "html_url": page,
            "permalink_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "base_commit": self._builds.commit(repo, base),
            "merge_base_commit": self._builds.commit(repo, merge_base),
            "status": state.get((bool(ahead), bool(behind)), "identical"),
            "ahead_by": len(ahead),
            "behind_by": behind,
            "total_commits": len(ahead),
            "commits": [self._builds.commit(repo, commit) for commit in ahead],
            "files": [self.file(repo, head, change) for change in changes],
        }

    def contents(self, repo: Repo, ref: str, path: str, sha: str, contents: bytes | None) -> JSON:
        """A file; without contents as it stands in the list of a folder."""
        url = f"{self._board.api_url(repo)}/contents/{path}?ref={ref}"
        git, page = f"{self._board.api_url(repo)}/git/blobs/{sha}", f"{self._page(repo)}/blob/{ref}/{path}"
        shape: JSON = {
            "type": "file",
            "size": len(contents or b""),
            "name": path.rpartition("/")[2],
            "path": path,
            "sha": sha,
            "url": url,
            "git_url": git,
            "html_url": page,
            "download_url": f"{self._page(repo)}/raw/{ref}/{path}",
            "_links": {"self": url, "git": git, "html": page},
        }
        if contents is None:
            return shape
        return shape | {"encoding": "base64", "content": base64.encodebytes(contents).decode()}

    def folder(self, repo: Repo, ref: str, path: str) -> JSON:
        return self.contents(repo, ref, path, NOTHING, None) | {"type": "dir", "download_url": None}

    def push_event(
        self, repo: Repo, push: Push, commits: list[tuple[Commit, list[Change]]], forced: bool
    ) -> JSON:
        """The payload of `push`; the commits oldest first, each with what it changed."""
        told = [self._pushed(repo, commit, changes) for commit, changes in commits]
        return {
            "ref": push.ref,
            "before": push.before,
            "after": push.after,
            "created": push.before == NOTHING,
            "deleted": push.deleted,
            "forced": forced,
            "base_ref": None,
            "compare": f"{self._page(repo)}/compare/{push.before[:12]}...{push.after[:12]}",
            "commits": told,
            "head_commit": told[-1] if told else None,
            "repository": self._builds.repo_in_event(repo),
            "pusher": {"name": push.by, "email": self._board.person(push.by)[1]},
            "sender": self._shapes.user(push.by),
        }

    def _pushed(self, repo: Repo, commit: Commit, changes: list[Change]) -> JSON:
        by: JSON = {"name": commit.author, "email": commit.email, "date": iso(commit.at)}
        login = self._board.login_of(commit.email)
        by |= {"username": login} if login else {}
        states = {
            "added": ("added", "copied"),
            "removed": ("removed",),
            "modified": ("modified", "renamed", "changed"),
        }
        return {
            "id": commit.sha,
            "tree_id": commit.tree,
            "distinct": True,
            "message": commit.message,
            "timestamp": iso(commit.at),
            "url": f"{self._page(repo)}/commit/{commit.sha}",
            "author": by,
            "committer": by,
            **{name: [c.path for c in changes if c.state in wanted] for name, wanted in states.items()},
        }
