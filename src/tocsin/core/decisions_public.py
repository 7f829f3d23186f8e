"""What the public is told: the owner lets the words go out, and later how it stands. Never about a private incident."""

from __future__ import annotations

from tocsin.core import facts as f
from tocsin.core import texts
from tocsin.core.case import Actor, Case, must_be_open, somebody
from tocsin.core.words import needed, text_of
from tocsin.errors import Conflict, Forbidden, Invalid


def approve_public_words(case: Case, actor: Actor, title: str, body: str, post: str) -> list[f.What]:
    """The owner lets the issue and the post go out, as drafted or edited."""
    incident = case.incident
    person = _speaker(case, actor)
    if incident.owner != person:
        raise Forbidden(
            f"Public words are the owner's to approve: {case.name(incident.owner) or 'nobody owns it yet'}"
        )
    if incident.public.approved:
        raise Conflict(f"The public words about {incident.ref} have been approved already")
    post = text_of(post, field="post")
    if post and "issue" in incident.abilities and texts.ISSUE_MARK not in post:
        post = f"{post} {texts.ISSUE_MARK}"  # The post goes out with the issue's link, whoever forgot it.
    _must_fit(post)
    return [
        f.PublicWordsApproved(
            title=needed(title, field="title", why="the issue needs a title"),
            body=needed(
                body,
                field="body",
                why="say what is known, and who is not affected",
                longest=texts.LONGEST_ISSUE,
            ),
            post=needed(post, field="post", why="say it in a post's length"),
        )
    ]


def approve_public_update(case: Case, actor: Actor, text: str, post: str) -> list[f.What]:
    """The owner lets an update go out: `text` becomes the issue's latest state, `post` an answer under our post."""
    incident = case.incident
    person = _speaker(case, actor)
    if incident.owner != person:
        raise Forbidden(f"Public words are the owner's to approve: {incident.owner or 'nobody owns it yet'}")
    if incident.public.issue is None and incident.public.post is None:
        raise Conflict(
            f"The public has heard nothing of {incident.ref} yet: approve the first words, then update them"
        )
    text = text_of(text, field="text", longest=texts.LONGEST_UPDATE) if incident.public.issue else ""
    post = text_of(post, field="post") if incident.public.post else ""
    if not text and not post:
        raise Invalid("say how it stands, for those outside", field="text")
    _must_fit(post)
    return [f.PublicUpdateApproved(text, post)]


def was_told(case: Case, after: int, text: str) -> bool:
    """Whether these words are the update after so many already. Conflict if the public was told something else meanwhile."""
    later = [one for _, one in case.incident.public.updates[after:]]
    if later and [one.text or one.post for one in later] != [text.strip()]:
        raise Conflict("The public was told something else meanwhile: read that, and write yours anew")
    return bool(later)


def _speaker(case: Case, actor: Actor) -> str:
    """Who asks for it. Forbidden where nothing about the incident may be public, or nobody of ours asks."""
    incident = case.incident
    kind = case.handbook.kind(incident.kind)
    if kind is None or not kind.public:
        raise Forbidden(
            f"{incident.ref} is of the kind {incident.kind}: there are no public words about those"
        )
    if incident.private:
        raise Forbidden(f"{incident.ref} is private: there are no public words about it, whatever its kind")
    must_be_open(case)
    return somebody(actor, "approve public words")


def _must_fit(post: str) -> None:
    if texts.post_length(post) > texts.POST_LIMIT:
        raise Invalid(
            f"post counts {texts.post_length(post)} characters; X takes {texts.POST_LIMIT} (a link counts {texts.LINK_WEIGHT})",
            field="post",
        )
