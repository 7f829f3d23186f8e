"""What Tocsin does about procedures by itself: when it needs nobody's yes, and when it plans what."""

from __future__ import annotations

import pytest

from tocsin.acts.building import handbook_text
from tocsin.core.handbook_page import page
from tocsin.core.handbook_text import BadHandbook, read_handbook

LOCK = 'id = "lock-branch"\napprove = ["owner", "on-call", "team:ops_team"]\nautomatic = true'


def with_lock(written: str) -> str:
    text = handbook_text(None)
    assert LOCK in text
    return text.replace(LOCK, f'id = "lock-branch"\n{written}')


def test_the_handbook_says_which_procedures_need_nobody_where_tocsin_plans_them():
    book = read_handbook(handbook_text(None))

    automatic = [one.procedure for one in book.approvals if one.automatic]
    assert automatic == ["lock-branch", "unlock-branch"]
    assert "nobody, where the operators declare that Tocsin does it by itself" in page(book)


@pytest.mark.parametrize("two", ["persons = 2", "asker_counts = false"])
def test_what_takes_two_people_is_never_done_without_anybody(two: str):
    with pytest.raises(BadHandbook, match="can't be carried out without anybody where it takes two people"):
        read_handbook(with_lock(f'approve = ["anyone"]\n{two}\nautomatic = true'))
