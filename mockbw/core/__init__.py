"""The platform, sans-IO: inputs go in, effects come out.

Nothing below this package does IO or reads ambient time, randomness or ids; ``tests/system/test_house.py`` guards it.
References such as P7 name sections of the platform facts, ``docs/platform.md``.
"""
