"""
Says what a lexicon hit means where it stands: clause by clause, and in words a wall guide can read.

"I am not suicidal", "she wants to die", "when I was fourteen", "the book is about" and "killing me,
these shoes" each hold a term and none asks for the same reading. Rules act on hits, one at a time:
a hit that is explained away never takes another with it. Where a rule is in doubt the hit
stays at least AMBER, for a person to read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from risk.enums import Category, Urgency
from risk.lexicon import Combination, Hit
from risk.normalisation import SENTENCE_END, View

NEGATORS = frozenset(
    [
        "not",
        "no",
        "never",
        "without",
        "nobody",
        "none",
        "neither",
        "nor",
        "hardly",
        "barely",
        "stopped",
        "nothing",
        "ddim",
        "pas",
        "jamais",
        "nunca",
    ]
)
# "I do not think I want to die" is a denial; "I do not know why I want to die" is not.
_DENYING_VERBS = frozenset(
    [
        "think",
        "feel",
        "believe",
        "mean",
        "reckon",
        "suppose",
        "say",
        "said",
        "thinking",
        "feeling",
        "saying",
        "actively",
        "currently",
    ]
)
_CLAUSE_WORDS = frozenset(
    [
        "but",
        "though",
        "although",
        "yet",
        "because",
        "cause",
        "cos",
        "however",
        "then",
        "unless",
        "except",
        "whereas",
        "until",
        "mais",
        "pero",
    ]
)
# After a denial: "not tonight", "but I would not mind".
_HEDGES = frozenset(
    [
        "but",
        "though",
        "yet",
        "until",
        "till",
        "unless",
        "tonight",
        "today",
        "except",
        "said",
        "say",
        "tell",
        "told",
        "believes",
    ]
)
_OPENINGS = frozenset(["that", "tomorrow", "tonight", "today", "yesterday", "now"])
_SAYING = frozenset(["say", "says", "said", "saying"])
_NEW_SUBJECTS = frozenset(["i", "he", "she", "they", "we"])
_SUBJECTS = frozenset(["i", "he", "she", "they", "you", "we", "it", "there", "this", "that"])
# fmt: off
_THIRD = frozenset(
    [
        "he", "she", "they", "him", "her", "them", "his", "their", "himself", "herself",
        "themselves", "themself", "someone", "somebody", "who", "people", "anyone", "friend",
        "mate", "bestie", "sister", "brother", "mum", "mom", "mam", "dad", "father", "mother",
        "son", "daughter", "boyfriend", "girlfriend", "partner", "husband", "wife", "ex", "cousin",
        "uncle", "aunt", "auntie", "nan", "gran", "nana", "grandad", "grandma", "housemate",
        "flatmate", "roommate", "colleague", "coworker", "neighbour", "neighbor", "kid", "child",
        "teenager", "lad", "lass", "guy", "girl", "bloke", "boy", "man", "woman", "student",
        "pupil", "stepson", "stepdaughter", "stepsister", "stepbrother", "niece", "nephew",
        "fiance", "fiancee", "bf", "gf", "sibling", "classmate", "teammate", "buddy", "pal",
        "client", "patient",
    ]
)
# fmt: on
_REFLEXIVES = {
    "myself": "first",
    "ourselves": "first",
    "yourself": "second",
    "yourselves": "second",
    "himself": "third",
    "herself": "third",
    "themselves": "third",
    "themself": "third",
}

# Which rules act on a term that names none of its own.
_DEFAULT_CONTEXT = {
    Category.SUICIDE: frozenset(["media", "negation", "past", "person", "support", "hyperbole"]),
    Category.SELF_HARM: frozenset(["media", "negation", "past", "person", "support", "hyperbole"]),
    Category.HARM_TO_OTHERS: frozenset(["media", "negation", "past", "support", "hyperbole"]),
    Category.ABUSE_SAFEGUARDING: frozenset(["media", "negation", "support"]),
    Category.EATING_DISORDER: frozenset(["media", "negation", "past", "support"]),
    Category.SUBSTANCE: frozenset(["media", "negation", "past", "support"]),
    Category.UNHEALTHY_COPING: frozenset(["media", "negation", "past", "support"]),
    Category.HOSTILITY_BULLYING: frozenset(["media", "negation"]),
    Category.IDENTIFYING_INFO: frozenset(),
    Category.CONTACT_MEETING: frozenset({"negation"}),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit with the level it keeps in its context, and why."""

    hit: Hit
    level: Urgency
    decision: str
    person: str


@dataclass(slots=True)
class Scene:
    """A text as the rules see it: its words and where each family of cues stands."""

    view: View
    cues: dict[str, list[Hit]]

    def near(self, tag: str, sentence: int, within: int = 0) -> Hit | None:
        """A cue of this family in the same sentence, or at most `within` sentences away."""
        for hit in self.cues.get(tag, ()):
            if abs(hit.sentence - sentence) <= within:
                return hit
        return None

    def anywhere(self, tag: str) -> bool:
        """Whether a cue of this family stands anywhere in the text."""
        return bool(self.cues.get(tag))

    def words_of(self, hit: Hit) -> str:
        """What the member wrote there."""
        return self.view.original[self.view.starts[hit.first] : self.view.ends[hit.last - 1]]


def judge(view: View, hits: Sequence[Hit]) -> tuple[list[Finding], Scene]:
    """Every hit that stands for something, with the level its context leaves it."""
    cues: dict[str, list[Hit]] = {}
    for hit in hits:
        for tag in hit.term.tags:
            cues.setdefault(tag, []).append(hit)
    scene = Scene(view, cues)
    findings = []
    for hit in hits:
        if hit.term.category is None:
            continue
        if any(scene.near(tag, hit.sentence, 1) is None for tag in hit.term.needs):
            continue
        if any(_blocked(scene, tag, hit) for tag in hit.term.blockers):
            continue
        findings.append(_judge_one(scene, hit))
    return findings, scene


def _blocked(scene: Scene, tag: str, hit: Hit) -> bool:
    return scene.near(tag, hit.sentence) is not None


def _judge_one(scene: Scene, hit: Hit) -> Finding:
    who = person(scene.view, hit)
    finding = Finding(hit, hit.term.level, "", who)
    idiom = _covered(scene, hit)
    if idiom is not None:
        said = scene.words_of(idiom)
        return replace(finding, level=Urgency.GREEN, decision=f"a figure of speech: '{said}'")
    if _is_supposed(scene, hit):
        return replace(finding, level=Urgency.GREEN, decision="said of what may be")
    category = hit.term.category
    context = hit.term.context or (_DEFAULT_CONTEXT[category] if category else frozenset())
    for name, rule in _RULES:
        if name in context:
            finding = rule(scene, finding)
    return finding


def _covered(scene: Scene, hit: Hit) -> Hit | None:
    """The figure of speech that this hit is part of."""
    for idiom in scene.cues.get("idiom", ()):
        if idiom.first < hit.last and hit.first < idiom.last:
            # "killing myself at this level" is no game: what names oneself needs its own idiom.
            inside = scene.view.words[hit.first : hit.last]
            if "reflexive" not in idiom.term.tags and any(word in _REFLEXIVES for word in inside):
                continue
            return idiom
    return None


def _is_supposed(scene: Scene, hit: Hit) -> bool:
    """ "If you have already taken something, ring for help": nobody says that they have."""
    return any(
        cue.sentence == hit.sentence and cue.first <= hit.first + 1 and hit.first <= cue.last + 3
        for cue in scene.cues.get("if_you", ())
    )


def clause_start(view: View, word: int) -> int:
    """Where the clause that holds this word begins."""
    first = view.sentences[view.sentence_of(word)][0]
    words = view.words
    for index in range(word - 1, first - 1, -1):
        if words[index] in _CLAUSE_WORDS or words[index] == SENTENCE_END:
            return index + 1
        if words[index] in {"and", "so", "or"} and words[index + 1] in _SUBJECTS:
            return index + 1
        if index in view.pauses and index > first and words[index] in _SUBJECTS:
            return index
    return first


def person(view: View, hit: Hit) -> str:
    """Who a hit is about: "first", "second", "third", or "" where nothing says."""
    if "mine" in hit.term.tags:
        return "first"
    words = view.words
    inside = words[hit.first : hit.last]
    for word in inside:
        if word in _REFLEXIVES:
            return _REFLEXIVES[word]
    if inside[0] in {"i", "me", "my"}:
        return "first"
    first = view.sentences[hit.sentence][0]
    for index in range(hit.first - 1, max(first, hit.first - 14) - 1, -1):
        word = words[index]
        if word in {"i", "me", "we", "je", "dw", "yo"}:
            return "first"
        if word == "you":
            return "second"
        if word in _THIRD:
            if word in _OF_ONESELF and _is_oneself(words[first:index]):
                return "first"
            # "my mum's funeral" or "because of him" is no subject; nearest wins all the same, and
            # being wrong costs one step, never the alert.
            return "third"
    if any(word in {"his", "her", "their", "him", "them"} for word in inside):
        return "third"
    if any(word in {"your"} for word in inside):
        return "second"
    return ""


_OF_ONESELF = frozenset(["who", "someone", "somebody"])
_BEFORE_ANOTHER = frozenset(["about", "for", "with", "of", "by", "to", "and", "near", "around"])


def _is_oneself(before: Sequence[str]) -> bool:
    """ "I am someone who", "I am a carpenter who": whoever says it speaks of themselves."""
    for index in range(len(before) - 1, max(len(before) - 8, 0), -1):
        if before[index - 1] == "i" and before[index] == "am":
            return True
        if before[index] in _BEFORE_ANOTHER or before[index] in _THIRD - _OF_ONESELF:
            return False
    return False


def _lower(finding: Finding, level: Urgency, decision: str) -> Finding:
    if finding.level <= level:
        return finding
    return replace(finding, level=level, decision=decision)


def _media(scene: Scene, finding: Finding) -> Finding:
    """A book, a song or an essay about it is not it, unless the writer speaks for themselves."""
    hit = finding.hit
    media = scene.near("media", hit.sentence)
    if media is None:
        if (
            finding.person != "first"
            and hit.sentence > 0
            and "topic" in hit.term.tags
            and scene.near("media", hit.sentence - 1)
        ):
            media = scene.near("media", hit.sentence - 1)
        else:
            return finding
    if media is None or scene.anywhere("relates"):
        return finding
    decision = f"spoken of as '{scene.words_of(media)}'"
    if finding.person == "first" or "firm" in hit.term.tags:
        if scene.view.in_quotes(hit.first, hit.last):
            return _lower(finding, Urgency.AMBER, decision)
        return finding
    return _lower(finding, Urgency.GREEN, decision)


def _negation(scene: Scene, finding: Finding) -> Finding:
    """A denial. Doubled, broken by "can't promise", or owned up to as a lie, it denies nothing."""
    hit, view = finding.hit, scene.view
    if scene.anywhere("lied") or _is_trapped(scene, hit):
        return finding
    if "blow" in hit.term.tags and _strikes_nobody(view.words[hit.first : hit.last]):
        return _lower(finding, Urgency.GREEN, f"denied: '{scene.words_of(hit)}'")
    start = max(clause_start(view, hit.first), hit.first - 9)
    between = view.words[start : hit.first]
    negators = [
        index
        for index, word in enumerate(between)
        # "I wont to" is how some write "I want to"; "I said no and he" tells of a refusal.
        if word in NEGATORS
        and between[index - 1 : index + 2] != ["will", "not", "to"]
        and not (word == "no" and index and between[index - 1] in _SAYING)
    ]
    # "Without, and yesterday I cut myself": a subject that the hit opens with begins anew, too.
    opens = hit.first + (view.words[hit.first] in _OPENINGS)
    for index, word in enumerate([*between, *view.words[hit.first : opens + 1]]):
        if word in _NEW_SUBJECTS and index > 0:
            denied = any(
                before < index and _DENYING_VERBS & set(between[before + 1 : index])
                for before in negators
            )
            if not denied:
                negators = [place for place in negators if place > index]
    if (
        finding.level > Urgency.AMBER
        and hit.term.category != Category.ABUSE_SAFEGUARDING
        and scene.near("answered_no", hit.sentence, 1)
    ):
        return _lower(finding, Urgency.AMBER, "answered with no")
    if "never" in between and view.words[hit.last : hit.last + 1] == ["more"]:
        return finding  # "never wanted to die more"
    said_not = hit.first == start and view.words[hit.first] == "not" and "topic" in hit.term.tags
    if said_not:
        negators = [hit.first - start]
    if "inner_negation" in hit.term.tags and NEGATORS & set(view.words[hit.first : hit.last]):
        negators = negators or [hit.first - start]
    if len(negators) % 2 == 0:
        return finding
    said = view.original[view.starts[start + negators[0]] : view.ends[hit.last - 1]]
    decision = f"denied: '{said}'"
    if (
        finding.hit.term.category == Category.SUICIDE
        and finding.person in {"first", ""}
        and hit.term.level >= Urgency.RED
        and not scene.anywhere("recovery")
    ):
        # Four in five who died had denied it to a doctor. What only denies, in the present and of
        # oneself, is taken at its word; "not yet", "never said" or a "but" is read by a person.
        rest = view.words[hit.last : view.sentences[hit.sentence][1]]
        if not scene.anywhere("half_denied") and not _HEDGES & {*rest, *between}:
            return _lower(finding, Urgency.GREEN, decision)
        return _lower(finding, Urgency.AMBER, decision)
    return _lower(finding, Urgency.GREEN, decision)


_BLOWS = frozenset(
    [
        "hit",
        "hits",
        "hitting",
        "hurt",
        "hurts",
        "beat",
        "beats",
        "slap",
        "slaps",
        "slapped",
        "punch",
        "punched",
        "kick",
        "kicked",
        "push",
        "pushed",
        "touch",
        "touched",
        "laid",
        "raised",
        "violent",
        "abusive",
        "aggressive",
        "shook",
        "dropped",
    ]
)


def _strikes_nobody(words: Sequence[str]) -> bool:
    """ "He has never hit me": the denial stands inside the hit, right before the blow."""
    return any(
        word in {"not", "never"} and _BLOWS.intersection(words[place + 1 : place + 3])
        for place, word in enumerate(words)
    )


def _is_no_recovery(view: View, cue: Hit, hit: Hit) -> bool:
    """ "Smoking again after two years clean" tells of a relapse, and hunger can make proud."""
    said = view.words[cue.first : cue.last]
    if {"clean", "sober", "free"} & set(said) and cue.first > 0:
        return view.words[cue.first - 1] in {"after", "until", "till", "had"}
    return said == ["proud"] and hit.term.category == Category.EATING_DISORDER


def _is_trapped(scene: Scene, hit: Hit) -> bool:
    """Whether words beside the hit turn a denial round; "not suicidal, promise" is none."""
    return any(
        trap.sentence == hit.sentence and (trap.last <= hit.first or trap.first >= hit.last)
        for trap in scene.cues.get("trap", ())
    )


def _recovery_beside(scene: Scene, hit: Hit, *, within: int) -> Hit | None:
    """A word of recovery that is no part of the hit itself."""
    for cue in scene.cues.get("recovery", ()):
        is_inside = hit.first <= cue.first and cue.last <= hit.last
        if abs(cue.sentence - hit.sentence) <= within and not is_inside:
            return cue
    return None


def _past(scene: Scene, finding: Finding) -> Finding:
    """Long past, and said to be so. A bare past tense, or "it is back", stays as it is."""
    hit = finding.hit
    if finding.level == Urgency.GREEN or "present" in hit.term.tags:
        return finding
    if scene.anywhere("returning") and not scene.near("recovery", hit.sentence):
        return finding
    cue = scene.near("long_ago", hit.sentence)
    if cue is None and hit.term.level < Urgency.CRISIS:
        # "I have taken them and I think I want to live" is no recovery, nor is a bare "survived".
        cue = _recovery_beside(scene, hit, within=1)
    if cue is not None and _is_no_recovery(scene.view, cue, hit):
        cue = None
    if cue is None and hit.term.category == Category.ABUSE_SAFEGUARDING:
        cue = scene.near("escaped", hit.sentence, 1)
    if cue is None:
        # "I was suicidal ... I'm okay now": told as past, and the text ends well.
        if (
            hit.term.level < Urgency.CRISIS
            and _told_as_past(scene, hit)
            and _recovery_beside(scene, hit, within=len(scene.view.sentences))
        ):
            return _lower(finding, Urgency.AMBER, "told as past")
        return finding
    now = scene.near("right_now", hit.sentence)
    # "Seven years ago I tried, and today I ...": the old date stands right before the hit.
    gap = scene.view.words[cue.last : hit.first]
    dated = cue.last <= hit.first and len(gap) <= 3 and not {"and", "but"} & set(gap)
    if now is not None and not dated and not scene.near("recovery", hit.sentence):
        between = range(min(hit.last, now.last), max(hit.first, now.first) + 1)
        if not any(index in scene.view.pauses for index in between):
            return finding
    decision = f"past: '{scene.words_of(cue)}'"
    if scene.near("recovery", hit.sentence, 1) and (
        hit.term.category != Category.SUICIDE
        or (_told_as_past(scene, hit) and scene.near("long_ago", hit.sentence, 1))
    ):
        return _lower(finding, Urgency.GREEN, decision)
    return _lower(finding, Urgency.AMBER, decision)


_PAST_WORDS = frozenset(
    [
        "was",
        "wanted",
        "were",
        "felt",
        "thought",
        "tried",
        "planned",
        "attempted",
        "had",
        "used",
        "survived",
        "overdosed",
        "did",
        "hanged",
        "jumped",
        "took",
        "wrote",
        "stood",
        "spent",
        "ended",
    ]
)


def _told_as_past(scene: Scene, hit: Hit, *, ever: bool = False) -> bool:
    """Whether the words at a hit are in the past, and (unless `ever`) none says "have"."""
    near = scene.view.words[max(clause_start(scene.view, hit.first), hit.first - 4) : hit.first + 2]
    going_on = {"still"} if ever else {"have", "been", "still"}
    return bool(_PAST_WORDS & set(near)) and not going_on & set(near)


def _person(scene: Scene, finding: Finding) -> Finding:
    """About somebody else: a concern, which is AMBER; RED where it cannot wait."""
    hit = finding.hit
    if finding.person == "second" and {"soft", "topic"} & hit.term.tags:
        # "Do you mean you want to die?", "you said you'd be gone by Easter": asked, or said back.
        return _lower(finding, Urgency.AMBER, "said of the one spoken to")
    if finding.person != "third" or finding.level == Urgency.GREEN:
        return finding
    if scene.near("bereaved", hit.sentence, 1) and not scene.anywhere("follow"):
        return _lower(finding, Urgency.GREEN, "of someone who has died")
    if finding.level < Urgency.RED:
        return replace(finding, decision="about someone else")
    if (
        "attempt" in hit.term.tags
        or scene.near("when", hit.sentence, 1)
        or scene.near("means", hit.sentence, 1)
    ):
        return replace(finding, level=Urgency.RED, decision="about someone else, and cannot wait")
    return _lower(finding, Urgency.AMBER, "about someone else")


def _support(scene: Scene, finding: Finding) -> Finding:
    """A member helping another speaks of the same things."""
    hit = finding.hit
    if finding.level == Urgency.GREEN:
        return finding
    if (finding.level == Urgency.RED or finding.level == Urgency.CRISIS) and _is_told_of_then(
        scene, finding
    ):
        return _lower(finding, Urgency.AMBER, "told of a time that is over")
    if not scene.anywhere("support"):
        if finding.person == "first" and finding.level == Urgency.RED and _is_counsel(scene, hit):
            return _lower(finding, Urgency.AMBER, "told while speaking to someone else")
        if (
            finding.person == "first"
            and finding.level == Urgency.RED
            and _told_as_past(scene, hit, ever=True)
            and scene.near("came_through", hit.sentence, 1)
            and not any(map(scene.anywhere, ("returning", "recent_time", "right_now")))
        ):
            return _lower(finding, Urgency.AMBER, "told as past, and as come through")
        return finding
    if finding.person in {"second", "third"}:
        return _lower(finding, Urgency.GREEN, "said to support someone")
    spoken_to = {"you", "your", "please"} & set(
        scene.view.words[slice(*scene.view.sentences[hit.sentence])]
    )
    if finding.person == "first" and finding.level == Urgency.RED and _is_counsel(scene, hit):
        return _lower(finding, Urgency.AMBER, "told while speaking to someone else")
    if finding.person == "first" and spoken_to and _told_as_past(scene, hit, ever=True):
        return _lower(finding, Urgency.AMBER, "told to support someone")
    if finding.person == "" and spoken_to and scene.near("support", hit.sentence):
        # "If the thoughts of suicide get strong, please ring ...": nobody says they have them.
        return _lower(finding, Urgency.AMBER, "said to support someone")
    if scene.near("came_through", hit.sentence, 1) and not scene.anywhere("returning"):
        return _lower(finding, Urgency.AMBER, "told to support someone")
    return finding


# Words that put what they tell into the past.
_THEN = frozenset(
    [
        "was",
        "were",
        "had",
        "wanted",
        "tried",
        "used",
        "felt",
        "thought",
        "planned",
        "attempted",
        "went",
        "took",
        "kept",
        "made",
        "said",
        "sure",
        "would",
        "been",
        "did",
        "told",
        "wrote",
        "googled",
    ]
)
_STILL = frozenset(
    [
        "am",
        "is",
        "are",
        "want",
        "wants",
        "going",
        "still",
        "again",
        "tonight",
        "will",
        "want",
        "keep",
    ]
)


def _is_told_of_then(scene: Scene, finding: Finding) -> bool:
    """
    Whether a hit is in the past tense, and the text says that it is over or speaks to another.

    "I wanted to die at your age. I'm thirty now": of this alone nothing in the present is RED.
    """
    hit, view = finding.hit, scene.view
    if finding.person not in {"first", ""} or hit.term.category not in {
        Category.SUICIDE,
        Category.SELF_HARM,
    }:
        return False
    if {"plan", "means", "present"} & hit.term.tags and not scene.anywhere("turned"):
        return False
    if any(scene.anywhere(tag) for tag in ("returning", "lied", "follow")):
        return False
    if scene.near("trap", hit.sentence) or scene.near("means", hit.sentence, 1):
        return False
    start = max(clause_start(view, hit.first), hit.first - 6)
    told = view.words[start : hit.last]
    then = [place for place, word in enumerate(told) if word in _THEN]
    if not then or any(word in _STILL for word in told[then[0] :]):
        return False
    if any(scene.anywhere(tag) for tag in ("came_through", "recovery", "turned")):
        return True
    to_you = sum(view.words.count(word) for word in ("you", "your", "yourself"))
    return to_you >= 2 and scene.near("right_now", hit.sentence, 1) is None


def _is_counsel(scene: Scene, hit: Hit) -> bool:
    """
    Whether the text as a whole speaks to another: three times, and more than of itself; or tells
    it of the writer's past to the one spoken to.

    Many who answer tell of their own worst days. Plans, means, acts and "now" are never lowered.
    """
    if {"plan", "means", "when", "swallowed", "did_it", "present"} & hit.term.tags:
        return False
    if scene.near("when", hit.sentence) or scene.near("right_now", hit.sentence):
        return False
    words = scene.view.words
    to_you = sum(words.count(word) for word in ("you", "your", "yourself"))
    of_me = sum(words.count(word) for word in ("i", "me", "my", "myself"))
    if (
        to_you >= 1
        and _told_as_past(scene, hit, ever=to_you >= 2)
        and not scene.anywhere("returning")
    ):
        return True
    return to_you >= 3 and to_you > of_me


def _hyperbole(scene: Scene, finding: Finding) -> Finding:
    """Laughed off. It is still read: laughing proves little."""
    hit = finding.hit
    if finding.level < Urgency.RED or scene.anywhere("lied"):
        return finding
    first, _ = scene.view.sentences[hit.sentence]
    # "One more e-mail and I'm jumping" is a joke by its shape; a firm term needs that shape.
    before = set(scene.view.words[first : hit.first])
    shapes = {"if", "another", "more", "makes", "when"}
    if hit.term.category == Category.HARM_TO_OTHERS:
        shapes.add("could")
    if "firm" in hit.term.tags and not (before | {scene.view.words[hit.first]}) & shapes:
        return finding
    frame = scene.near("laughing", hit.sentence) or scene.near("laughing", hit.sentence, 1)
    when = scene.near("when", hit.sentence)
    if frame is not None and any(
        day.first <= frame.first < day.last for day in scene.cues.get("when", ())
    ):
        return finding  # "on Monday" is a date here, not a groan
    if frame is not None and {"mundane"} & frame.term.tags and "topic" in hit.term.tags:
        return finding  # a meeting makes no joke of the plain word for it
    if frame is None or (when is not None and scene.words_of(when).lower() != "now"):
        return finding
    return _lower(finding, Urgency.AMBER, f"laughed off: '{scene.words_of(frame)}'")


_RULES: tuple[tuple[str, Callable[[Scene, Finding], Finding]], ...] = (
    ("media", _media),
    ("negation", _negation),
    ("past", _past),
    ("person", _person),
    ("support", _support),
    ("hyperbole", _hyperbole),
)


@dataclass(frozen=True, slots=True)
class Raised:
    """A combination that was found, and the hits that make it up."""

    combination: Combination
    hits: tuple[Hit, ...]


def combine(
    scene: Scene, findings: Sequence[Finding], combinations: Sequence[Combination]
) -> list[Raised]:
    """Families that together mean more than each alone. What was lowered takes no part."""
    present = scene.cues.keys()
    may_be = [
        combination
        for combination in combinations
        if not any(map(present.isdisjoint, combination.all_of))
        and not any(scene.anywhere(tag) for tag in combination.none_of)
    ]
    if not may_be:
        return []
    standing: dict[str, list[Hit]] = {}
    alive = {
        finding.hit
        for finding in findings
        if finding.level >= min(finding.hit.term.level, Urgency.RED)
        and finding.level > Urgency.GREEN
        and finding.person not in {"third", "second"}
        and not (
            finding.hit.term.level < Urgency.CRISIS
            and "attempted" not in finding.hit.term.tags
            and _told_as_past(scene, finding.hit)
        )
    }
    for tag, hits in scene.cues.items():
        # What its own blockers explained away ("since Dad killed himself") takes no part either.
        standing[tag] = [hit for hit in hits if hit.term.category is None or hit in alive]
    raised = []
    for combination in may_be:
        found = _together(standing, combination)
        if found is not None:
            raised.append(Raised(combination, found))
    return raised


def _together(standing: dict[str, list[Hit]], combination: Combination) -> tuple[Hit, ...] | None:
    first, *others = combination.all_of
    for hit in (hit for tag in sorted(first) for hit in standing.get(tag, ())):
        chosen = [hit]
        for tags in others:
            match = next(
                (
                    other
                    for tag in sorted(tags)
                    for other in standing.get(tag, ())
                    if abs(other.sentence - hit.sentence) <= combination.within
                    and all(other.last <= c.first or other.first >= c.last for c in chosen)
                ),
                None,
            )
            if match is None:
                break
            chosen.append(match)
        else:
            return tuple(chosen)
    return None
