"""The hours at which all is foretold: 00, 06, 12 and 18 o'clock UTC in event time, numbered since 1970.

A grid hour's step is the six hours after it.
"""

GRID_MINUTES = 360
STEPS_A_DAY = 4
