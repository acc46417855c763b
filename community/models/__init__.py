"""What stands on the wall, where, and what its readers keep for themselves."""

from community.models.answers import Support
from community.models.drafts import Draft
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
    "NEW_FOR",
    "POSTS_PER_PAGE",
    "QUOTE_MAX_LENGTH",
    "REPLIES_PER_PAGE",
    "Draft",
    "Group",
    "GroupMember",
    "MutedMember",
    "Post",
    "PostQuerySet",
    "ReadingPlace",
    "Reply",
    "ReplyQuerySet",
    "SavedPost",
    "Support",
    "Topic",
    "Writing",
]
