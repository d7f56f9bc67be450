"""Programs that do the simpler job, stock and decayed velocity of each SKU, each with another engine.

Each takes the broker's address and the topic, reads it from its beginning, and prints how many events it has done, a number
a line. None ends by itself. They run in an environment of their own, so they import nothing of the project but this package.
"""
