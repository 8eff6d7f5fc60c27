"""Measuring: how fast pages and steps are beside the thinnest signed-in page, at 1,000 and at 100,000 cases.

Run by `make bench` (`make bench ARGS=--quick` for 1,000 cases only). Not a test: nothing here is collected by pytest.
"""
