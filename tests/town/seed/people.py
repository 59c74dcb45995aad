"""The two tables of the town, read: the agents, and the services with the account that owns each shared calendar."""

from typing import NamedTuple


class Agent(NamedTuple):
    login: str
    given_name: str
    family_name: str
    job: str
    service: str
    badge: str
    pin: str
    state: str

    @property
    def name(self):
        return f"{self.given_name} {self.family_name}"


class Service(NamedTuple):
    login: str
    name: str


def rows(path, kind):
    with open(path, encoding="utf-8") as lines:
        return [kind(*line.rstrip("\n").split("\t")) for line in lines if line.strip()]


def agents(path):
    return rows(path, Agent)


def services(path):
    return rows(path, Service)


def password(login):
    """A directory password of the demo town. It opens nothing outside."""
    return f"motdepasse-{login}"
