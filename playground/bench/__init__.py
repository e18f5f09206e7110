"""Measurements that are printed as JSON. They are not tests, because a busy machine changes them."""
