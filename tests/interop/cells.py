"""The cells of the matrix: each version of Spring Boot, with each of its repositories, with each serializer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

VERSIONS: Final = ("2.7", "3.5", "4.1")
SERIALIZERS: Final = {"jdk": "JDK", "json": "JSON"}
WHERE: Final = {"single": "one Redis", "cluster": "a Cluster"}

REPOSITORIES: Final = {
    "simple": "RedisSessionRepository",
    "indexed": "RedisIndexedSessionRepository, minute buckets",
    "zset": "RedisIndexedSessionRepository, sorted set",
    "rsimple": "ReactiveRedisSessionRepository",
    "rindexed": "ReactiveRedisIndexedSessionRepository",
}
"""What each is in Spring Session."""

LAYOUTS: Final = {"simple": "simple", "rsimple": "simple", "indexed": "indexed", "zset": "indexed", "rindexed": "reactive-indexed"}
"""What each is for sessionctl."""


@dataclass(frozen=True)
class Cell:
    """One kind of application."""

    version: str
    repository: str
    serializer: str

    def __str__(self) -> str:
        return f"{self.version}-{self.repository}-{self.serializer}"

    @property
    def layout(self) -> str:
        return LAYOUTS[self.repository]

    @property
    def reactive(self) -> bool:
        return self.repository in ("rsimple", "rindexed")

    @property
    def tells(self) -> bool:
        """Whether its listeners are told of the end of a session."""
        return self.layout != "simple"

    @property
    def keeps_tombstone(self) -> bool:
        """Whether the hash outlives the end of a session, for the five minutes of grace."""
        return self.layout == "indexed"

    @cached_property
    def settings(self) -> dict[str, str]:
        """The application's properties, in the names of Spring Boot before and since 3 (and 4)."""
        repository_type = "default" if self.layout == "simple" else "indexed"
        settings = {"repository": self.repository, "serializer": self.serializer, "spring.session.store-type": "redis"}
        return settings | {f"spring.session.{data}redis.repository-type": repository_type for data in ("", "data.")}


def _exists(version: str, repository: str) -> bool:
    """The sorted set came with Spring Session 3.4, the reactive indexed repository with 3.3."""
    return version != "2.7" or repository not in ("zset", "rindexed")


CELLS: Final = tuple(
    Cell(version, repository, serializer)
    for version in VERSIONS
    for repository in REPOSITORIES
    for serializer in SERIALIZERS
    if _exists(version, repository)
)
