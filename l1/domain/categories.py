"""The problem categories that the product ships with, as one table."""

from dataclasses import dataclass

UNKNOWN = "unknown"
"""No category was recognised. It is none of the table, and nothing is ever built for it: out of scope."""


@dataclass(frozen=True)
class Category:
    slug: str
    title: str
    built_by_default: bool = True
    """Whether a tree may be built by AI until an owner or admin of the account says otherwise."""


# In the order in which they are shown: what must not be overlooked comes first.
CATEGORIES = (
    # A wrong next question can destroy evidence or let an intruder stay, so a person decides whether to switch it on.
    Category("security", "Security", built_by_default=False),
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


def built_by_default(slug: str) -> bool:
    """Tell whether trees may be built for a category while its account has decided nothing; an own one: no."""
    return any(category.built_by_default for category in CATEGORIES if category.slug == slug)
