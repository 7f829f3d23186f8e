"""Reading a handbook: the shipped one is whole, and every mistake is told with its line and what to write instead."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tocsin.acts.building import handbook_text
from tocsin.core.handbook_page import page
from tocsin.core.handbook_text import read_handbook
from tocsin.core.spans import span_of, span_text
from tocsin.core.toml_reader import BadHandbook, Problem

SHIPPED = handbook_text(None)
PIECES = [
    "[handbook]\n", "[[duty]]\n", "[[kind]]\n", "[[severity]]\n", "[[section]]\n", "[[escalation]]\n", "[texts]\n",
    "[duty.within]\n", "[ duty ]\n", 'id = "a"\n', "id = 3\n", 'title = "t"\n', 'text = """\n', '"""\n', 'within = "5m"\n',
    'within = { high = "1h" }\n', "within.high = 3\n", 'within = "999999999999d"\n', "late = [\n", "]\n", "{ after = 1 },\n",
    'late = [{ after = "0m", do = "sing" }]\n', 'to = ["nobody"]\n', "to = 1\n", 'arises = ["resolved"]\n', "arises = [[]]\n",
    "duty = 3\n", "kind = [{ id = 1 }]\n", "severity = {}\n", 'answer = "{x}"\n', "post = []\n", "public = 1\n", "# = [\n",
    'per = ["report"]\n', "owes = {}\n", "does = 1.5\n", "automatic = [1]\n", "n = nan\n", "d = 2026-13-01\n", "=\n", "'''\n",
    'organisation = "\\u0000"\n', "\r\n", "\u2028", "a = " + "9" * 5000 + "\n", "b = " + "[" * 2000 + "\n",
]  # fmt: skip
ID = 'id = "own"'


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(BadHandbook) as caught:
        read_handbook(text)
    return caught.value.problems


def edited(old: str, new: str) -> str:
    """The shipped text with its first `old` written `new`."""
    assert old in SHIPPED
    return SHIPPED.replace(old, new, 1)


def line_of(text: str, problem: Problem) -> str:
    return text.split("\n")[problem.line - 1]


def test_the_shipped_handbook_is_valid_and_named_by_the_hash_of_its_text() -> None:
    handbook = read_handbook(SHIPPED)

    assert handbook.name == "default"
    assert len(handbook.hash) == 64
    assert handbook.hash != read_handbook(SHIPPED + "\n# a word more\n").hash


def test_the_page_that_people_read_has_the_seeds_own_headings_in_their_order() -> None:
    lines = page(read_handbook(SHIPPED)).split("\n")

    headings = [line for line in lines if line.startswith("#")]
    assert headings[:2] == ["# Incidents", "## Identifying an incident"]
    places = [
        headings.index(f"## {title}")
        for title in (
            "Identifying an incident",
            "Owning the incident",
            "Resolving the incident",
            "Learn from the incident",
        )
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("duty", "owes", "minutes"),
    [
        ("acknowledge-reporter", "first_aware", 5),  # acknowledge that the incident is being handled
        ("open-thread", "first_aware", 1),  # start a thread in #incidents
        ("reach-on-call", "on_call", 10),  # notify the on-call engineer
        ("own", "on_call", 10),  # "I'm on it"
        ("next-steps", "owner", 10),  # communicate intended next steps
        ("update", "owner", 30),  # regular updates
        ("rolled-back", "owner", 10),  # your default action should be to roll back
        ("public-issue", "owner", 15),  # create an issue
        ("public-post", "owner", 15),  # and tweet
        ("close-issue", "owner", 15),  # update and close public issues
        ("answer-post", "owner", 15),  # tweet that it has been resolved
        ("tell-reporter", "owner", 15),  # every reporter is told the end
        ("ops-log", "owner", 24 * 60),  # document it in the ops log
    ],
)
def test_every_must_of_the_seed_is_a_duty_of_the_shipped_handbook(duty: str, owes: str, minutes: int) -> None:
    handbook = read_handbook(SHIPPED)

    rule = handbook.rule(duty)

    assert rule is not None
    assert rule.owes == owes
    assert handbook.within(rule, "high").total_seconds() == minutes * 60
    assert rule.title in page(handbook)


def test_what_keeps_public_words_true_and_what_is_frozen_or_locked_can_not_be_waived_in_the_shipped_handbook() -> (
    None
):
    handbook = read_handbook(SHIPPED)

    kept = {rule.id for rule in handbook.rules if not rule.waivable}

    assert kept == {"close-issue", "answer-post", "tell-clients", "tell-clients-in-detail", "thaw", "unlock"}


def test_a_handbook_without_the_table_watches_no_builds_and_its_page_says_nothing_of_them() -> None:
    start, end = SHIPPED.index("[builds]"), SHIPPED.index("# --- Who is reached")

    without = read_handbook(SHIPPED[:start] + SHIPPED[end:])

    assert without.builds is None
    assert "## When the main branch is broken" not in page(without)


def test_the_page_says_when_a_broken_build_opens_an_incident() -> None:
    shipped = page(read_handbook(SHIPPED))
    strict = page(read_handbook(edited("failures = 3", 'failures = 1\nseverity = "low"')))

    assert (
        "An incident (broken build) opens by itself when a workflow of the main branch fails 3 times in a row."
        in shipped
    )
    assert (
        "One that timed out counts as failed, and so does one that goes on for 40 min, until it ends; "
        "one that was started by schedule is passed over."
    ) in shipped
    assert "opens by itself at severity low when a workflow of the main branch fails." in strict


MISTAKES = [
    # what is edited, into what, the line that is named, and the hint
    ('name = "default"', 'nmae = "default"', "nmae", 'Did you mean "name"?'),
    ('name = "default"', "", "[handbook]", 'Add `name = "…"`.'),
    ('title = "Incidents"', "title = 3", "title = 3", 'Write `title = "3"`.'),
    ("[handbook]", "[handbok]", "[handbok]", 'Did you mean "handbook"?'),
    ("[handbook]", 'owner = "me"\n[handbook]', 'owner = "me"', "Write one of"),
    ('id = "security"', 'id = "service"', 'id = "service"', "Give it another id."),
    ('id = "security"', 'id = "top secret"', 'id = "top secret"', "Write letters, digits"),
    ('id = "moderate"', 'id = "high"', 'id = "high"', "Give it another id."),
    ('id = "public"', 'id = "owning"', 'id = "owning"', "Give it another id."),
    ("severe = true", 'severe = "yes"', 'severe = "yes"', "Write true or false."),
    ('to = ["on-call"]', 'to = ["oncall"]', 'to = ["oncall"]', 'Write "on-call"'),
    ('to = ["on-call"]', "to = []", "to = []", 'Add `to = ["…"]`.'),
    ('kind = "broken-build"', 'kind = "broken"', 'kind = "broken"', 'Did you mean "broken-build"?'),
    ('kind = "broken-build"', "", "[builds]", "Write one of"),
    ("failures = 3", "failures = 0", "failures = 0", "Write `failures = 3`."),
    ("failures = 3", "failures = 21", "failures = 21", "Write `failures = 3`."),
    ("failures = 3", "failures = true", "failures = true", "Write `failures = 3`."),
    ("failures = 3", "failiures = 3", "failiures = 3", 'Did you mean "failures"?'),
    ('ignores = ["schedule"]', 'ignores = "schedule"', 'ignores = "schedule"', 'Write `ignores = ["…"]`.'),
    ("counts_time_outs = true", "counts_time_outs = 1", "counts_time_outs = 1", "Write true or false."),
    ("counts_time_outs = true", 'severity = "hihg"', 'severity = "hihg"', 'Did you mean "high"?'),
    ("[builds]", "[[builds]]", "[[builds]]", "Add `[builds]`."),
    ('wait = "10m"', 'wait = "ten minutes"', 'wait = "ten minutes"', 'Write a span such as "10m".'),
    ('wait = "10m"', 'wait = "0m"', 'wait = "0m"', 'Write a span such as "10m".'),
    ('within = "5m"', 'within = "99999999d"', 'within = "99999999d"', 'Write a span such as "10m".'),
    ('arises = ["owned"]', 'arises = ["ownd"]', 'arises = ["ownd"]', 'Did you mean "owned"?'),
    ('arises = ["owned"]', "arises = []", 'id = "next-steps"', "Write `arises"),
    ('arises = ["owned"]', 'arises = ["duty_chased"]', 'arises = ["duty_chased"]', "what people do"),
    ('discharged_by = ["owned"]', "", ID, "`by_hand = true`"),
    ('owes = "first_aware"', 'owes = "everybody"', 'owes = "everybody"', '"first_aware"'),
    ('section = "owning"', 'section = "owing"', 'section = "owing"', 'Did you mean "owning"?'),
    ('per = "report"', 'per = "reports"', 'per = "reports"', 'Did you mean "report"?'),
    ('per = "report"', "", 'does = "answer_reporter"', 'Add `per = "report"`.'),
    ('does = "open_thread"', 'does = "open_thread"\nper = "report"', 'per = "report"', "incident"),
    ('does = "page"', 'does = "pgae"', 'does = "pgae"', 'Did you mean "page"?'),
    ('does = "page"\n', "", 'automatic = ["*"]', "Add `does`"),
    ('needs = ["issue"]', 'needs = ["isue"]', 'needs = ["isue"]', 'Did you mean "issue"?'),
    (
        'high = "30m", ',
        "",
        'within = { moderate = "1h", low = "4h", S1 = "30m", S2 = "1h", S3 = "4h", S4 = "1d" }',
        'Add `high = "30m"`.',
    ),
    ('high = "30m"', 'hgih = "30m"', 'within = { hgih = "30m"', "Write one of"),
    ('{ after = "2m", do = "thread" }', '{ after = "2m", do = "tread" }', '"tread"', '"thread"'),
    ('{ after = "2m", do = "thread" }', '{ after = "two", do = "thread" }', '"two"', 'such as "5m"'),
    ('{ after = "2m", do = "thread" }', '{ aftr = "2m", do = "thread" }', "aftr", "Write `after` and `do`."),
    ('{ after = "2m", do = "thread" }', '{ after = "20m", do = "thread" }', "late = [", "in the order"),
    ('kinds = ["service"]', 'kinds = ["security"]', 'kinds = ["security"]', "public = true"),
    ('kinds = ["service"]', "", "[[duty]]", "public = true"),
    ('{status_page}"\ntold', '{status}"\ntold', "answer =", 'Did you mean "status_page"?'),
    ('post = "We', 'post = "{public} We', "post =", "Write one of"),
    ('issue_title = "{title}"', "issue_title = 3", "issue_title = 3", 'Write `issue_title = "3"`.'),
    ('issue_title = "{title}"', 'issue_title = ""', "issue_title", 'Add `issue_title = "…"`.'),
    ('issue_title = "{title}"', 'isue_title = "{title}"', "isue_title", 'Did you mean "issue_title"?'),
    ('organisation = "our service"', 'organisation = "a\\u0000b"', "organisation", "Take it out."),
    ('version = "1"', "version = ", "version = ", "Mend the spelling of that line."),
]


@pytest.mark.parametrize(("old", "new", "line", "hint"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_to_write_instead(
    old: str, new: str, line: str, hint: str
) -> None:
    text = edited(old, new)

    found = problems(text)

    told = [(line_of(text, problem), str(problem)) for problem in found]
    assert [one for one in told if line in one[0] and hint in one[1]], told


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = edited("severe = true", "severe = 1").replace('owes = "owner"', 'owes = "onwer"')

    found = problems(text)

    assert len(found) == 1 + SHIPPED.count('owes = "owner"')
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)
    assert {line_of(text, problem) for problem in found} == {"severe = 1", 'owes = "onwer"'}


TRAPS = [
    ("a text that looks like a table", 'intro = """', 'intro = """\n[[duty]]\nid = "x"\n[[duty]]\n'),
    ("a literal text that looks like keys", 'version = "1"', "version = '''\nowes = 1\n[[duty]]\n'''"),
    ("a text that ends in quotes", 'version = "1"', 'version = """\n[[duty]]\n1"""""'),
    ("a text with escaped quotes", 'version = "1"', "version = \"\\\"[[duty]] '''\""),
    ("a comment that looks like a table", 'version = "1"', 'version = "1" # """\n#[[duty]]\n'),
    ("a list over many lines", 'arises = ["owned"]', 'arises = [\n  "owned", # ]\n  "owned",\n]'),
    ("a line separator that is none in TOML", 'version = "1"', 'version = "1\u2028\x85"'),
    ("lines of another system", "\n", "\r\n"),
]


@pytest.mark.parametrize(("trap", "old", "new"), TRAPS, ids=[trap for trap, *_ in TRAPS])
def test_lines_are_right_in_spite_of(trap: str, old: str, new: str) -> None:
    text = SHIPPED.replace(old, new).replace('title = "Communicate intended', 'tilte = "Communicate intended')

    found = problems(text)

    assert [line_of(text, one).split(" = ")[0].rstrip("\r") for one in found] == ["[[duty]]", "tilte"]


@pytest.mark.parametrize(
    ("spelled", "line"),
    [
        (
            'within.high = "1h"\nwithin.moderate = "x"\nwithin.low = "2h"\nwithin.S1 = "1h"\nwithin.S2 = "1h"\nwithin.S3 = "1h"\nwithin.S4 = "1h"\n',
            'within.high = "1h"',
        ),
        (
            '"within" = { high = "1h", moderate = "x", low = "2h", S1 = "1h", S2 = "1h", S3 = "1h", S4 = "1h" }\n',
            '"within" =',
        ),
        (
            'within = { high = "1h", moderate = "x", low = "2h", S1 = "1h", S2 = "1h", S3 = "1h", S4 = "1h" } # ]\n',
            "within =",
        ),
    ],
)
def test_a_key_is_found_however_it_is_spelled(spelled: str, line: str) -> None:
    text = edited(
        'within = { high = "30m", moderate = "1h", low = "4h", S1 = "30m", S2 = "1h", S3 = "4h", S4 = "1d" }\n',
        spelled,
    )

    found = problems(text)

    assert [line_of(text, problem).startswith(line) for problem in found] == [True]


def test_a_sub_table_under_its_own_heading_is_found() -> None:
    text = (
        SHIPPED
        + '\n[[duty]]\nid = "extra"\n\n[duty.within]\nhigh = "x"\nmoderate = "1h"\nlow = "1h"\nS1 = "1h"\nS2 = "1h"\nS3 = "1h"\nS4 = "1h"\n'
    )

    found = [problem for problem in problems(text) if "no span" in problem.what]

    assert [line_of(text, problem) for problem in found] == ["[duty.within]"]


def test_a_mistake_inside_a_long_list_is_told_on_the_line_of_its_word() -> None:
    text = edited('arises = ["owned"]', 'arises = [\n    "owned",\n    # a comment\n    "sung",\n]')

    found = problems(text)

    assert [line_of(text, problem).strip() for problem in found] == ['"sung",']


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=12).map("".join))
@settings(max_examples=100, deadline=None)
@example("a = " + "[" * 100_000)
@example("a = " + "9" * 10_000)
@example('a = """')
@example("\ud800")
def test_no_text_whatever_raises_anything_but_a_bad_handbook(text: str) -> None:
    found = problems(text)

    assert found
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in found)
    assert all(problem.instead for problem in found)


@given(st.integers(0, len(SHIPPED.split("\n")) - 1), st.sampled_from([*PIECES, ""]))
@settings(max_examples=40, deadline=None)
def test_the_shipped_text_with_any_line_spoilt_is_read_or_refused_by_name(n: int, piece: str) -> None:
    lines = SHIPPED.split("\n")
    text = "\n".join([*lines[:n], piece, *lines[n + 1 :]])

    told = _read_or_told(text)

    assert told is None or told.startswith("The handbook can't be used:\n  line ")


def _read_or_told(text: str) -> str | None:
    try:
        read_handbook(text)
    except BadHandbook as why:
        return str(why)
    return None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("2h", 7200),
        ("1d", 86400),
        ("-5m", -300),
        ("", None),
        ("5", None),
        ("5 m", None),
        ("5min", None),
        ("٥m", None),  # digits that nobody means here
        ("1.5h", None),
        ("9" * 30 + "d", None),  # overflows every date
    ],
)
def test_a_span_is_spelled_with_a_number_and_a_unit(text: str, seconds: int | None) -> None:
    span = span_of(text)

    assert (None if span is None else span.total_seconds()) == seconds


@pytest.mark.parametrize(
    ("text", "said"),
    [("90s", "90 s"), ("30m", "30 min"), ("120m", "2 h"), ("24h", "1 day"), ("2d", "2 days"), ("0s", "0 s")],
)
def test_a_span_is_said_as_people_say_it(text: str, said: str) -> None:
    span = span_of(text)

    assert span is not None
    assert span_text(span) == said


INTAKE = [
    ('id = "letter"\nsources', 'id = "letter"\nsource', "intake.source: this key is not known"),
    ('sources = ["email"]', 'sources = ["fax"]', "intake.sources: 'fax' is not known"),
    (
        'sources = ["email"]\nwords = ["*"]',
        'sources = ["email"]',
        "letter does not say which messages it fits",
    ),
    ("many = 4", "many = 1", "intake.many: 1 is not many"),
    ("many = 4", 'many = "four"', "intake.many: 'four' is not many"),
    ('many = 4\nwithin = "10m"', "many = 4", "it does not say within which time they are counted"),
    ('labels = ["incident"]', 'labels = ["incident"]\nwithin = "5m"', "there is nothing to count within it"),
    (
        'does = "ignores"',
        'does = "ignores"\nkind = "service"',
        "a rule that ignores opens nothing of that kind",
    ),
    ('does = "ignores"', 'does = "sings"', "intake.does: 'sings' is not known"),
    ('id = "crowd"', 'id = "crowd"\nkind = "flood"', "intake.kind: 'flood' is not known"),
    ('id = "crowd"', 'id = "outcry"', "'outcry' is taken by an earlier intake"),
    ('[inbox]\nwithin = "30m"', "", "nothing says how long a message may wait for a look"),
    ('[inbox]\nwithin = "30m"', '[inbox]\nwithin = "soon"', "inbox.within: 'soon' is no span"),
    ('[inbox]\nwithin = "30m"', "[inbox]\nafter = 1", "inbox.after: this key is not known"),
    ('[inbox]\nwithin = "30m"', "", "nothing says how long"),
]


@pytest.mark.parametrize(("old", "new", "what"), INTAKE, ids=[row[2] for row in INTAKE])
def test_what_is_wrong_with_the_rules_of_the_inbox_is_told(old: str, new: str, what: str) -> None:
    assert any(what in str(problem) for problem in problems(edited(old, new)))


def test_the_rules_of_the_inbox_stand_on_the_page_that_people_read() -> None:
    text = page(read_handbook(SHIPPED))

    assert (
        "4. **crowd**: a message from X once 4 people have written such within 10 min opens an incident."
        in text
    )
    assert "After 30 min without a look Tocsin assumes the worst and opens an incident." in text


def test_a_kind_is_public_or_private_and_never_both() -> None:
    text = edited("public = false\nprivate = true", "public = true\nprivate = true")

    (problem,) = problems(text)

    assert "public and private" in str(problem)
    assert line_of(text, problem) == "public = true"


PUBLIC_KIND = 'id = "service"\n'
OWN_TEXTS = [
    ("texts = 3\n", "", "kind.texts: 3 is no table of names"),
    ('texts = { answr = "mine" }\n', "", 'kind.texts: no text is named answr. Did you mean "answer"?'),
    ('texts = { answer = "mine" }\n', "", 'kind.texts: the text mine is missing. Add `mine = "…"` to [texts].'),
    ('texts = { answer = "mine" }\n', 'mine = "{public}"\n', "texts.mine: nothing fills in {public}"),
    ("", 'answers = "Hello"\n', 'texts.answers: no text is named answers, and no kind has it for its own. Did you mean "answer"?'),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "problem"), OWN_TEXTS, ids=[row[2] for row in OWN_TEXTS])
def test_a_text_of_a_kinds_own_that_can_not_be_used_is_told(kind: str, text: str, problem: str) -> None:
    given = edited(PUBLIC_KIND, PUBLIC_KIND + kind).replace("[texts]\n", "[texts]\n" + text)

    [found] = problems(given)

    assert problem in str(found)
    assert line_of(given, found).strip() == (text or kind).strip()
