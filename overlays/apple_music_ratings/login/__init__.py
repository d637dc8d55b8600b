"""Tokens for people: the local page that gets a Music User Token, and where tokens are kept.

`sign_in` holds the page, `store` keeps, `checks` finds out what is wrong with a token. They are
imported one by one: reading a kept token needs no web server.
"""
