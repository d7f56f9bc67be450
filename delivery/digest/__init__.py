"""The planner's morning letter: every SKU that will probably run out within a day, by warehouse.

`worker` looks again and again for whom it is morning (`schedule`), reads what is at risk (`risks`), puts it together
(`contents`, pure), into words (`wording`) and into a letter (`letters`), and keeps the book of what was sent (`book`).
"""
