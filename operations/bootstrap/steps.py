"""One step of a setup: what is right stays, what is not is put right, and a line says which."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Say: TypeAlias = Callable[[str], None]
Tags: TypeAlias = Mapping[str, str]

RIGHT = "as it should be"


def ensure(say: Say, what: str, right: bool, put: Callable[[], Any], did: str = "set") -> None:
    """Put something right unless it is, and say so.

    Args:
        say: Gets the line.
        what: It is about.
        right: Whether it is as it should be.
        put: Makes it so.
        did: What to say then.
    """
    if not right:
        put()
    tell(say, RIGHT if right else did, what)


def tell(say: Say, did: str, what: str) -> None:
    """Say a line."""
    say(f"{did:<{len(RIGHT)}}  {what}")


def tag_set(tags: Tags) -> list[dict[str, str]]:
    """Return tags as S3 and IAM take them."""
    return [{"Key": name, "Value": value} for name, value in tags.items()]
