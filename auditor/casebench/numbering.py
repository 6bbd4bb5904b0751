"""Names for what a case leaves unnamed: makers of completers."""

from __future__ import annotations

from collections.abc import Callable

from auditor.casebench.items import Item, World, laid


def plain(_world: World, item: Item, pattern: Item, _number: int) -> Item:
    """Return an item laid over its pattern, and nothing more."""
    found: Item = laid(pattern, item)
    return found


def numbered(base: str, number: int) -> str:
    """Return the name of the n-th unnamed thing: web, web2, web3."""
    return base if number == 1 else f"{base}{number}"


def named(service: str, name: str, arn_key: str, form: str, base: str) -> Callable[..., Item]:
    """Return a completer that numbers what a case leaves unnamed, and makes its ARN if any."""

    def complete(w: World, item: Item, pattern: Item, number: int) -> Item:
        found: Item = laid(pattern, item)
        found[name] = item.get(name) or numbered(base, number)
        if arn_key and arn_key not in item:
            found[arn_key] = w.arn(service, form.format(found[name]))
        return found

    return complete


def counted(name: str, form: str, service: str = "") -> Callable[..., Item]:
    """Return a completer for things known by an id, or by the ARN that a service forms of it."""

    def complete(w: World, item: Item, pattern: Item, number: int) -> Item:
        found: Item = laid(pattern, item)
        made = form.format(number)
        found[name] = item.get(name) or (w.arn(service, made) if service else made)
        return found

    return complete


def of_first(operation: str, key: str, own: Callable[..., Item]) -> Callable[..., Item]:
    """Return a completer for things of a repository or file system: of the first one."""

    def complete(w: World, item: Item, pattern: Item, number: int) -> Item:
        found = own(w, item, pattern, number)
        found[key] = item.get(key) or w.first(operation, key) or found.get(key)
        return found

    return complete


def of_nth(operation: str, key: str, name: str) -> Callable[..., Item]:
    """Return a completer for what is said of something else: of the one with the same number."""

    def complete(w: World, item: Item, pattern: Item, number: int) -> Item:
        found: Item = laid(pattern, item)
        if name not in item and (others := w.items(operation)):
            found[name] = others[min(number, len(others)) - 1].get(key)
        return found

    return complete
