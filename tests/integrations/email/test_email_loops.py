"""Programs that answer our answers, and mail that says next to nothing: over real SMTP, and it ends."""

from __future__ import annotations

from email.headerregistry import Address

import pytest
from mail_world import JANE, Post, letter

from tocsin.acts.house import House
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.email.client import Server
from tocsin.integrations.email.reach import EmailReach
from tocsin.town import Town


@pytest.fixture
def by_mail(town: Town, house: House) -> Engine:
    server = Server("127.0.0.1", town.smtp_port, "none")
    return Engine(house, Reaches([EmailReach(server, Address("Tocsin", "tocsin", "acme.example"))]))


@pytest.mark.parametrize("keeps_ids", [True, False], ids=["in our conversation", "as a new mail each time"])
async def test_an_absence_that_bears_no_sign_of_a_program_answers_us_for_ever_and_we_do_not(
    post: Post, by_mail: Engine, town: Town, keeps_ids: bool
) -> None:
    await post.send(letter())
    heard = 0
    for _ in range(12):
        await by_mail.run_due()
        answers = town.mail.to(JANE)
        if len(answers) == heard:
            break
        heard = len(answers)
        more = {"in_reply_to": answers[-1].headers["Message-ID"]} if keeps_ids else {}
        await post.send(letter("I am away until Monday.", "Out of office", **more))

    assert 1 <= len(town.mail.to(JANE)) <= 5
    assert len(await post.refs()) <= 2


@pytest.mark.parametrize("subject", ["", "   ", "=?utf-8?q?=00=07?=", "Re:", "[INC-999999999999999999]"])
async def test_a_subject_that_says_nothing_leaves_the_words_of_the_mail(post: Post, subject: str) -> None:
    raw = f"From: {JANE}\r\nSubject: {subject}\r\n\r\nSign-in fails".encode()

    assert await post.send(raw) == 250

    [report] = (await post.incident()).reports
    assert "Sign-in fails" in report.text
    assert (await post.incident()).title.strip()
