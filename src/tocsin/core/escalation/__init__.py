"""Whom an alert reaches next, after how long, and why: pure rules over what has happened to it so far.

`policy` is what people write, `stamping` makes of it the one list of stages that an alert keeps from its start on, `state` is what the
events add up to, `due` says what Tocsin does next and when, `decisions` what people may do, `explain` all of it in words.
"""
