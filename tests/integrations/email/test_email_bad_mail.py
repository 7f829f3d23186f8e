"""Mail that is broken, hostile or strange: it is taken, cut or refused by name, one by one."""

from __future__ import annotations

import socket
from asyncio import to_thread
from typing import BinaryIO

import pytest
from mail_world import JANE, Post, letter

from tocsin.integrations.email.html_text import plain_from_html
from tocsin.integrations.email.incoming import read_mail
from tocsin.integrations.email.mail_text import without_quotes, without_signature
from tocsin.integrations.email.smtp import LARGEST_BYTES

HEAD = b"From: Jane <jane@customer.example>\r\nSubject: Broken\r\n"
BROKEN = [
    (HEAD + b"Content-Type: multipart/mixed\r\n\r\nSign-in fails", "a multipart without a boundary"),
    (HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSign-in fails', "it never ends"),
    (HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\nSign-in fails', "no part at all"),
    (HEAD + b"Content-Type: text/plain; charset=klingon\r\n\r\nSign-in fails", "an unknown charset"),
    (
        HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff\xfe Sign-in fails",
        "bytes that are no UTF-8",
    ),
    (HEAD + b"Content-Type: text/plain; charset=utf-16\r\n\r\nSign-in fails!", "a charset that is not so"),
    (HEAD + b"Content-Transfer-Encoding: base64\r\n\r\nSign-in fails", "base64 that is none"),
    (HEAD + b"Content-Transfer-Encoding: base64\r\n\r\nU2lnbi1pbiBmYWlscw=", "base64 cut short"),
    (HEAD + b"Content-Type: ;;;===\r\n\r\nSign-in fails", "a type that is none"),
    (HEAD + b"Content-Type: text/plain\r\n\r\nSign-in\x00 fails\x00", "NULs"),
    (HEAD + b"In-Reply-To: " + b"<" * 50_000 + b"\r\n\r\nSign-in fails", "a huge header"),
    (HEAD + b"\tfolded into nothing\r\n:\r\n\r\nSign-in fails", "a header without a name"),
    (b"\r\nSign-in fails", "no headers"),
    (b"Sign-in fails", "no headers and no empty line"),
    (
        b"Subject: =?utf-8?b?!!!!?= =?klingon?q?x?=\r\nFrom: \xff\xfe <@@>\r\n\r\nSign-in fails",
        "broken words",
    ),
]


@pytest.mark.parametrize(("raw", "reason"), BROKEN, ids=[row[1] for row in BROKEN])
async def test_a_broken_mail_is_a_report_all_the_same(post: Post, raw: bytes, reason: str) -> None:
    assert await post.send(raw) == 250

    [report] = (await post.incident()).reports
    assert report.text
    assert report.address == JANE


async def test_an_empty_mail_is_a_report(post: Post) -> None:
    assert await post.send(b"\r\n") == 250
    assert await post.refs() == ["INC-1"]


async def test_a_mail_without_any_sender_is_a_report_that_nobody_is_answered_for(post: Post) -> None:
    assert await post.send(b"Subject: Broken\r\n\r\nSign-in fails", sender="nonsense") == 250

    [report] = (await post.incident()).reports
    assert (report.answer_via, report.reporter) == ("page", "somebody")


async def test_parts_within_parts_do_not_hold_it_up(post: Post) -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(5000)
    )

    assert await post.send(HEAD + deep + b"\r\nSign-in fails" + b"\r\nx" * 100_000) == 250

    assert (await post.incident()).title == "Broken"


async def test_mails_within_mails_do_not_hold_it_up(post: Post) -> None:
    assert await post.send(HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 5000) == 250
    assert await post.refs() == ["INC-1"]


async def test_a_mail_of_50_mb_is_refused_and_not_kept(post: Post) -> None:
    assert await post.send(HEAD + b"\r\n" + (b"x" * 98 + b"\r\n") * 500_000) == 552
    assert await post.refs() == []


async def test_a_size_that_is_announced_is_refused_before_it_is_sent(post: Post) -> None:
    answers = await to_thread(_talk, post.port, b"EHLO x\r\n", b"MAIL FROM:<a@b.example> SIZE=52428800\r\n")

    assert f"SIZE {LARGEST_BYTES}".encode() in answers[1]
    assert answers[2].startswith(b"552")


async def test_a_line_that_never_ends_is_refused_too(post: Post) -> None:
    answers = await to_thread(
        _talk,
        post.port,
        b"EHLO x\r\n",
        b"MAIL FROM:<a@b.example>\r\n",
        b"RCPT TO:<incidents@acme.example>\r\n",
        b"DATA\r\n",
        b"x" * 30_000_000 + b"\r\n.\r\n",
    )

    assert answers[-1].startswith(b"552")


async def test_a_dot_of_the_mail_is_no_end_of_it(post: Post) -> None:
    await post.send(HEAD + b"\r\nOne\r\n.\r\n..two\r\n")

    assert (await post.incident()).reports[0].text == "One\n.\n..two"


async def test_a_long_line_is_taken(post: Post) -> None:
    assert await post.send(HEAD + b"\r\n" + b"word " * 40_000 + b"\r\n") == 250
    assert len((await post.incident()).reports[0].text) <= 100_000


async def test_html_alone_is_told_in_words(post: Post) -> None:
    mail = letter()
    mail.set_content(
        "<html><head><title>x</title><style>p{}</style></head><body><p>Sign-in &amp; search</p>fail<br>now"
        "<script>alert(1)</script></body></html>",
        subtype="html",
    )

    await post.send(mail)

    assert (await post.incident()).reports[0].text == "Sign-in & search\nfail\nnow"


async def test_what_is_attached_is_named_and_not_kept(post: Post) -> None:
    mail = letter("See the picture.")
    mail.add_attachment(
        b"\x89PNG", maintype="image", subtype="png", filename="broken\r\nBcc: x.png".replace("\r\n", " ")
    )
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf")

    await post.send(mail)

    assert (await post.incident()).reports[0].text == (
        "See the picture.\n\nAttached, and not kept: broken Bcc: x.png, application/pdf"
    )


async def test_words_of_other_tongues_arrive_as_they_are(post: Post) -> None:
    await post.send(letter("Die Anmeldung geht nicht: 登录失败 🔥", "AW: Störung 登录"))

    incident = await post.incident()
    assert incident.title == "Störung 登录"
    assert incident.reports[0].text == "Die Anmeldung geht nicht: 登录失败 🔥"


def test_an_answer_below_what_it_quotes_is_kept() -> None:
    text = "> Are you on the web?\nYes.\n> Since when?\nSince noon.\n"

    assert without_quotes(text) == "Yes.\nSince noon."


@pytest.mark.parametrize(
    "announced",
    [
        "On Mon, Mar 2, 2026 at 9:00 AM Tocsin <tocsin@acme.example> wrote:\n> Thanks",
        "On Mon, Mar 2, 2026 at 9:00 AM Tocsin\n<tocsin@acme.example> wrote:\n\n> Thanks",
        "Am 02.03.26 um 09:00 schrieb Tocsin:\n> Thanks",
        "-----Original Message-----\nFrom: Tocsin\nThanks",
        "________________________________\nFrom: Tocsin\nThanks",
    ],
)
def test_the_line_that_announces_a_quote_is_cut_with_it(announced: str) -> None:
    assert without_quotes(f"Since noon.\n\n{announced}") == "Since noon."


def test_words_that_only_look_like_an_announcement_are_kept() -> None:
    text = "On Monday Bob wrote:\nsign-in is broken"

    assert without_quotes(text) == text


def test_a_signature_is_cut() -> None:
    assert without_signature("Broken.\n-- \nJane\nCustomer Inc.") == "Broken."
    assert without_signature("--\nBroken.") == "--\nBroken."


def test_html_that_is_cut_off_or_quotes_is_read_as_far_as_it_goes() -> None:
    assert plain_from_html("<p>One<blockquote>Two</blockquote><p>Three<b") == "One\n> Two\nThree<b"


def test_a_mail_that_is_no_reply_keeps_what_it_quotes() -> None:
    mail = read_mail(HEAD + b"\r\nSee below.\r\n> Sign-in is broken\r\n", JANE)

    assert mail.text == "See below.\n> Sign-in is broken"
    assert mail.said == "See below."


def _talk(port: int, *words: bytes) -> list[bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire, wire.makefile("rb") as heard:
        answers = [_answer(heard)]
        for one in words:
            wire.sendall(one)
            answers.append(_answer(heard))
        return answers


def _answer(heard: BinaryIO) -> bytes:
    """All lines of one answer: in the last of them no dash follows the code."""
    lines = [heard.readline()]
    while lines[-1][3:4] == b"-":
        lines.append(heard.readline())
    return b"".join(lines)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<a " * 300_000, "<a"),
        ("<!--" * 250_000, ""),
        ('<a ">"' * 150_000, ""),
        ('<p>One<img alt="a > b">Two</p>', "OneTwo"),
        ("<p>3 < 4 &amp; 5</p><script>if (a<b) {}</script>Six", "3 < 4 & 5\nSix"),
        ("&#" + "9" * 5000, "&#999"),
    ],
    ids=["tags that never end", "comments", "quotes", "a sign in quotes", "signs", "a number"],
)
def test_html_is_read_once_through_whatever_is_wrong_with_it(html: str, words: str) -> None:
    assert plain_from_html(html).startswith(words)


def test_names_within_names_are_no_reason_to_have_the_mail_sent_again() -> None:
    raw = b"From: " + b"http://" * 2800 + b"\nSubject: down\n\nIt is down"
    assert read_mail(raw, "kim@customer.example").sender == "kim@customer.example"
