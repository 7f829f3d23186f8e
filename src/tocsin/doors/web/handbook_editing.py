"""The page on which the handbook is edited: tried on the incidents that there were, and saved with a reason."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.acts import handbooks
from tocsin.core.score_text import trial_text
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import HIDDEN, TEXT, Field, Sheet, Trouble, refilled
from tocsin.doors.web.visit import Visit
from tocsin.errors import Conflict, Forbidden, TocsinError

ROWS = 30


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def save(visit: Visit) -> Response:
    """Try it or save it, as the button says; refused, the page comes again with what was typed and what is wrong with it."""
    # Browsers send each line's end as two signs, which the text in force does not have.
    text, form = visit.form.text("text").replace("\r\n", "\n"), visit.form
    try:
        if form.text("do") == "try":
            trials = await handbooks.try_file(visit.house, text, viewer=visit.me.person)
            return await _page(visit, Trouble("save", form, Conflict("")), trial=trial_text(trials))
        if not visit.me.may("admin"):
            raise Forbidden("Only an admin saves a handbook: try it here, and send them its text")
        await handbooks.keep_up(visit.house, visit.house.pool)
        if form.text("base") != visit.house.handbook.hash:
            raise Conflict(
                "Somebody saved another version meanwhile: copy your changes, open this page anew, and make them there"
            )
        saved = await handbooks.new_version(visit.house, text, visit.actor.by, form.text("reason"))
    except TocsinError as why:
        return await _page(visit, Trouble("save", form, why))
    return visit.went_well(
        f"/handbook/versions#version-{saved.number}",
        f"Version {saved.number} is in force for new incidents; those that are open keep theirs.",
    )


async def _page(visit: Visit, trouble: Trouble | None = None, trial: str = "") -> Response:
    text = await handbooks.text_in_force(visit.house)
    fields = (
        Field("base", "", HIDDEN, visit.house.handbook.hash),
        Field("text", "The handbook (TOML)", TEXT, value=text, must=True, rows=ROWS),
        Field("reason", "What changes, and why?", help="Needed to save it; not to try it."),
    )
    sheet = refilled(Sheet("save", "Edit the handbook", "Save it", fields), trouble)
    wrong = trouble.error if trouble and not trial else None
    return visit.page(
        "handbook_edit.html",
        status=status_of(wrong) if wrong else 200,
        sheet=sheet,
        wrong=wrong.message if wrong else "",
        trial=trial,
        is_file=visit.house.handbook_number is None,
        may_save=visit.me.may("admin"),
    )
