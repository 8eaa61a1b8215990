/**
 * A long list of messages, read from the API page by page as it is scrolled, newest first.
 *
 * Pages far from the eye are let go and asked for again when they are wanted, so memory stays bounded however long the
 * list is. A page is anchored by the id it begins with, so what arrives meanwhile does not shift it.
 */

import { get, of } from "./api.js";

/** Rows in a page. */
export const PAGE = 200;

/** How many pages are kept in memory. */
const KEPT = 12;

export class Pages {
  /** `changed()` is called when there is something new to draw. */
  constructor(account, query, changed) {
    this.account = account;
    this.query = query;
    this.changed = changed;
    /** `{first, count, rows, stale, used}`; `rows` is null where they were let go. */
    this.pages = [];
    /** What follows the last page; null at the end of the list, undefined before the first answer. */
    this.next = undefined;
    /** How many messages the account has, whatever the filters; and how many of them match. */
    this.total = 0;
    this.matching = 0;
    /** How many messages are newer than the first row. */
    this.unseen = 0;
    this.error = null;
    this.loading = new Set();
    this.generation = 0;
    this.turn = 0;
  }

  /** How many rows are known. */
  get length() {
    return this.pages.reduce((sum, page) => sum + page.count, 0);
  }

  /** The row at a place; null while it is being fetched. */
  at(index) {
    for (const page of this.pages) {
      if (index < page.count) {
        page.used = ++this.turn;
        if (page.rows === null || page.stale) this.fetch(page);
        return page.rows?.[index] ?? null;
      }
      index -= page.count;
    }
    return null;
  }

  /** The row at a place if it is in memory, else null; nothing is fetched. */
  peek(index) {
    for (const page of this.pages) {
      if (index < page.count) return page.rows?.[index] ?? null;
      index -= page.count;
    }
    return null;
  }

  /** The place of a message among the rows in memory; -1 if it is not there. */
  indexOf(id) {
    let before = 0;
    for (const page of this.pages) {
      const found = page.rows?.findIndex((row) => row.id === id) ?? -1;
      if (found >= 0) return before + found;
      before += page.count;
    }
    return -1;
  }

  /** Read the list anew and forget the rest: from its top, or from `start`. Promises whether no other time came between. */
  async restart(start = null) {
    const generation = ++this.generation;
    try {
      const answer = await this.ask({ start, limit: PAGE, count: true });
      if (generation !== this.generation) return false;
      this.error = null;
      this.pages = [];
      this.add(answer);
      this.total = answer.total;
      this.matching = answer.matching;
      this.unseen = answer.newer;
    } catch (error) {
      if (generation !== this.generation) return false;
      this.error = error;
    }
    this.changed();
    return true;
  }

  /** Look again after a while: rows may have changed, and newer ones come. */
  async catchUp() {
    for (const page of this.pages) page.stale = true;
    const first = this.pages[0]?.first;
    if (first === undefined) return this.restart();
    const answer = await this.ask({ start: first, limit: 1, count: true });
    if (first !== this.pages[0]?.first) return undefined;
    if (answer.messages.length === 0) return this.restart();
    [this.total, this.matching, this.unseen] = [answer.total, answer.matching, answer.newer];
    return this.changed();
  }

  /** Read the page after the last one, if there is one. */
  async more() {
    const { next, generation } = this;
    if (!next || this.loading.has(next)) return;
    this.loading.add(next);
    try {
      const answer = await this.ask({ before: next, limit: PAGE });
      if (generation !== this.generation) return;
      this.add(answer);
      this.letGo();
      this.changed();
    } catch (error) {
      this.error = error;
    } finally {
      this.loading.delete(next);
    }
  }

  add({ messages, next }) {
    if (messages.length > 0) this.pages.push({ first: messages[0].id, count: messages.length, rows: messages, stale: false, used: ++this.turn });
    this.next = next;
  }

  /** Read a page again that was let go, or whose rows may have changed. */
  async fetch(page) {
    if (this.loading.has(page)) return;
    const { generation } = this;
    this.loading.add(page);
    try {
      const { messages } = await this.ask({ start: page.first, limit: page.count });
      if (generation !== this.generation) return;
      page.stale = false;
      if (messages.length === page.count && messages[0].id === page.first) {
        page.rows = messages;
        this.letGo();
        this.changed();
      } else if (page.rows === null) await this.restart(); // some no longer match, or are forgotten: elsewhere they stay until then
    } catch (error) {
      this.error = error;
    } finally {
      this.loading.delete(page);
    }
  }

  /** Read the pages again that hold any of these messages. */
  async refresh(ids) {
    for (const page of this.pages) {
      if (page.rows?.some((row) => ids.has(row.id))) await this.fetch(page);
    }
  }

  letGo() {
    const held = this.pages.filter((page) => page.rows !== null);
    held.sort((one, other) => one.used - other.used);
    for (const page of held.slice(0, Math.max(0, held.length - KEPT))) page.rows = null;
  }

  ask(part) {
    return get(of(this.account, "messages"), { ...this.query, ...part });
  }
}
