from conversations.models.conversation import (
    EXTENDED_BY,
    LATE_AFTER,
    LINE_MAX_LENGTH,
    LINES_PER_PAGE,
    NEARLY_OVER,
    PASS_UP_AFTER,
    RESTS_AFTER,
    SITTING_LASTS,
    STILL_HERE_AFTER,
    Conversation,
    ConversationQuerySet,
    HandOverNote,
)
from conversations.models.line import Line, LineQuerySet
from conversations.models.template import NAME_MAX_LENGTH, ReplyTemplate

__all__ = [
    "EXTENDED_BY",
    "LATE_AFTER",
    "LINES_PER_PAGE",
    "LINE_MAX_LENGTH",
    "NAME_MAX_LENGTH",
    "NEARLY_OVER",
    "PASS_UP_AFTER",
    "RESTS_AFTER",
    "SITTING_LASTS",
    "STILL_HERE_AFTER",
    "Conversation",
    "ConversationQuerySet",
    "HandOverNote",
    "Line",
    "LineQuerySet",
    "ReplyTemplate",
]
