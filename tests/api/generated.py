# SPDX-License-Identifier: Apache-2.0
"""All generated cases, type by type."""
from access import Access, Actors, bodies, reply_form
from lists import Lists
from lives import Life
from schema import read_types
from values import Body, action_values
from world import World

LISTED_FROM_MEMORY = {"role", "customRole"}  # all in one page


def generated(suite, wanted):
    types = read_types()
    world = World(suite.client, types)
    actors = Actors(world)
    for t in types.values():
        if wanted(t.name):
            suite.case("%s: what is generated from its schema runs to the end" % t.name, of_type, suite, world, t,
                       actors)
    if wanted("bodies"):
        bodies(suite, world)
        reply_form(suite, world)


def of_type(suite, world, t, actors):
    if "CREATE" in t.methods:
        Life(suite, world, t)
        Body(suite, world, t)
    Access(suite, world, t, actors)
    if t.actions:
        where = world.place(t)
        thing = suite.client.make(world.collection(t, where), world.least(t, where))["id"] if "CREATE" in t.methods \
            else world.shared[t.name]
        action_values(suite, world, t, where, thing)
    if t.name not in LISTED_FROM_MEMORY:
        Lists(suite, world, t)
