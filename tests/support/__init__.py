"""Builders and fakes that tests of several layers share."""
