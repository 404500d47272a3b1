"""The problem categories that the product ships with, as one table."""

from dataclasses import dataclass
from enum import StrEnum

UNKNOWN = "unknown"
"""No category was recognised. It is none of the table, and nothing is ever built for it: out of scope."""

SECURITY = "security"
"""The category of incidents, which matching gives to wordings of one whatever else they resemble."""


class Builder(StrEnum):
    """What builds the trees of a category, as an account has decided."""

    OFF = "off"
    PLAYBOOK = "playbook"
    MODEL = "model"
    """A language model where one is configured and able, else the playbook."""


@dataclass(frozen=True)
class Category:
    slug: str
    title: str
    builder: Builder = Builder.MODEL
    """What builds its trees until an owner or admin of the account says otherwise."""


# In the order in which they are shown: what must not be overlooked comes first.
CATEGORIES = (
    # A wrong next question can destroy evidence or let an intruder stay, so a person decides whether a model may ask.
    Category(SECURITY, "Security", Builder.PLAYBOOK),
    Category("password_account", "Password and account"),
    Category("printing", "Printing"),
    Category("network_vpn", "Network and VPN"),
    Category("mobile", "Mobile devices"),
    Category("telephony_meetings", "Telephony and meetings"),
    Category("email", "Email"),
    Category("files_sharing", "Files and sharing"),
    Category("hardware", "Hardware"),
    Category("software", "Software"),
)


def title_of(slug: str) -> str:
    """Return the title of a category; the slug itself for one that an account has made up."""
    return next((category.title for category in CATEGORIES if category.slug == slug), slug)


def default_builder(slug: str) -> Builder:
    """Return what builds the trees of a category while its account has decided nothing; an own one's: nothing."""
    return next((category.builder for category in CATEGORIES if category.slug == slug), Builder.OFF)
