"""What stands on the wall, where, and what its readers keep for themselves."""

from community.models.answers import Support
from community.models.care import (
    HAND_OVER_MAX_LENGTH,
    NOTE_MAX_LENGTH,
    HandOver,
    HelpInvitation,
    HelpOffer,
    LoadCheck,
    ReplyClock,
    ThreadCooling,
)
from community.models.drafts import Draft
from community.models.finding import SEARCH_WORD_MAX_LENGTH, Searchable, SearchWord
from community.models.places import Group, GroupMember, Topic
from community.models.reading import MutedMember, ReadingPlace, SavedPost
from community.models.writing import (
    BODY_MAX_LENGTH,
    NEW_FOR,
    POSTS_PER_PAGE,
    QUOTE_MAX_LENGTH,
    REPLIES_PER_PAGE,
    Post,
    PostQuerySet,
    Reply,
    ReplyQuerySet,
    Writing,
)

__all__ = [
    "BODY_MAX_LENGTH",
    "HAND_OVER_MAX_LENGTH",
    "NEW_FOR",
    "NOTE_MAX_LENGTH",
    "POSTS_PER_PAGE",
    "QUOTE_MAX_LENGTH",
    "REPLIES_PER_PAGE",
    "SEARCH_WORD_MAX_LENGTH",
    "Draft",
    "Group",
    "GroupMember",
    "HandOver",
    "HelpInvitation",
    "HelpOffer",
    "LoadCheck",
    "MutedMember",
    "Post",
    "PostQuerySet",
    "ReadingPlace",
    "Reply",
    "ReplyClock",
    "ReplyQuerySet",
    "SavedPost",
    "SearchWord",
    "Searchable",
    "Support",
    "ThreadCooling",
    "Topic",
    "Writing",
]
