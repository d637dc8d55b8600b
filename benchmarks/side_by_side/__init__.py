"""The client beside what people would use instead, measured in one run: `make bench`.

`__main__` runs everything, `figures` holds what was measured, `page` and `plots` write it down.
"""
