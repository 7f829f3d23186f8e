"""Doubles for procedures: a world outside that holds effects, a hand that works on it, and a procedure of a few steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tocsin.core.procedures.declared import Declared, Source, Target
from tocsin.core.procedures.hands import JSON, Context, Done, Evidence, Failed, Seen, Step
from tocsin.core.procedures.plan import TARGET, Asked, Look, Plan, Question
from tocsin.core.work import Later, Refused

SITE = Declared(
    targets=(
        Target("site", "site", repository="acme/deploy"),
        Target("search", "search", repository="acme/deploy"),
    ),
    sources=(Source("acme/site"),),
)


class Killed(BaseException):
    """The process dies, as by kill -9."""


@dataclass
class World:
    """`head` is what a look sees; `effects` are what steps have done, in their order, each with the run that it is of."""

    head: str = "1a2b3c4"
    effects: list[str] = field(default_factory=list)
    looked: int = 0
    done: int = 0


@dataclass
class FakeHand:
    """Does a step by an effect in the world, which it looks for first. `answers` are outcomes to give instead, by the step's id.

    After the effect of a step in `dies_after` the process dies, once. `says` are lines that each step puts out.
    """

    world: World = field(default_factory=World)
    name: str = "fake"
    answers: dict[str, list[Done | Later | Failed | Refused]] = field(default_factory=dict)
    seen: list[Seen | Later | Refused] = field(default_factory=list)
    dies_after: set[str] = field(default_factory=set)
    says: list[str] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)

    async def look(self, what: str, inputs: Mapping[str, JSON]) -> Seen | Later | Refused:
        self.world.looked += 1
        return (
            self.seen.pop(0) if self.seen else Seen({"head": self.world.head, "asked": inputs.get("of", "")})
        )

    async def do(self, step: Step, context: Context) -> Done | Later | Failed | Refused:
        self.contexts.append(context)
        for line in self.says:
            await context.say(line)
        if self.answers.get(step.id):
            return self.answers[step.id].pop(0)
        effect = f"{context.run} {step.id}"
        if effect not in self.world.effects:
            self.world.effects.append(effect)
        if step.id in self.dies_after:
            self.dies_after.discard(step.id)
            raise Killed
        self.world.done += 1
        outputs: dict[str, JSON] = {"frozen": ["renovate.json"]} if step.id == "freeze" else {"by": step.id}
        return Done(
            (Evidence(f"effect of {step.id}", "there", "https://outside.example/1"),),
            outputs,
            f"did {step.id}",
        )

    async def aclose(self) -> None:
        return


@dataclass
class FakeProcedure:
    """Looks once, then plans the steps of that name. What it sees of the head goes into the steps."""

    id: str = "roll-back"
    title: str = "Roll back"
    of: str = TARGET
    fields: tuple[Asked, ...] = (Asked("to", "To which commit"),)
    rolls_back: bool = True
    after_end: bool = False
    steps: tuple[str, ...] = ("freeze", "restore", "watch")
    warnings: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    overridable: bool = False
    thaws: str = ""
    may_fail: bool = False
    """Whether its look only adds to the plan."""

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
        return (Look("deploy", "fake.deploy", {"of": question.target}, self.may_fail),)

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        head = seen["deploy"].values.get("head") or "unknown"
        steps = tuple(
            Step(
                one,
                f"fake.{one}",
                f"{one.capitalize()} {question.target} at {head}",
                {"head": head, "to": question.text("to")} | ({"thaws": self.thaws} if self.thaws else {}),
                watches=one == "watch",
                undo=f"undo {one}",
            )
            for one in self.steps
        )
        verdict = "warned" if self.warnings else "safe"
        return Plan(steps, verdict, ("it was well then",), self.refusals, self.warnings, self.overridable)
