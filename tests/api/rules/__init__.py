# SPDX-License-Identifier: Apache-2.0
"""The written rules, a module a family; each has TABLES."""
import importlib
import os
import pkgutil


def all_tables():
    """Every module's tables, as (module's name, tables)."""
    for module in pkgutil.iter_modules([os.path.dirname(os.path.abspath(__file__))]):
        yield module.name, importlib.import_module("rules." + module.name).TABLES
