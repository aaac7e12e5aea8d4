"""Words and phrases packed into bytes are what they were as objects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waygraph.codec import decode, encode
from waygraph.model import Parse, Phrase, Phrases, Span, Token, Tokens

_PLACE = st.integers(0, 2**32 - 1)
_TAG = st.sampled_from(["NOUN", "ADJ", "PAST", "X"])
_TOKENS = st.lists(st.builds(Token, _PLACE, _PLACE, _TAG))
_PHRASES = st.lists(
    st.builds(Phrase, st.builds(Span, _PLACE, _PLACE), st.lists(_TAG, max_size=3).map(tuple))
)


@given(_TOKENS, _PHRASES)
def test_what_is_packed_comes_out_as_it_went_in(tokens: list[Token], phrases: list[Phrase]) -> None:
    parse = Parse((), Phrases.of(phrases), Tokens.of(tokens))
    again = decode(encode(parse), Parse)
    assert again == parse
    for packed, plain in ((again.tokens, tokens), (again.phrases, phrases)):
        assert list(packed) == plain
        assert len(packed) == len(plain)
        assert [packed[i] for i in range(len(plain))] == plain
        assert packed[1:-1] == plain[1:-1]
        assert packed[-1:] == plain[-1:]
        with pytest.raises(IndexError):
            packed[len(plain)]


def test_a_token_takes_twelve_bytes() -> None:
    tokens = Tokens.of(Token(i, i + 1, "NOUN") for i in range(1_000))
    assert len(encode(tokens)) < 12_100
