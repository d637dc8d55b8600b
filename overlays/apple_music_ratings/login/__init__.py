"""The sign-in page: a local web page that gets a Music User Token, and nothing else.

`sign_in` runs it; `exchange` decides each response, `server` has the socket, `page` the files.
"""
