/**
 * A long list of messages, loaded from the API page by page as it is scrolled, newest first.
 *
 * Pages far from the visible part are dropped and loaded again when needed, so memory stays bounded however long the list
 * is. A page is anchored by the id it starts with, so new messages do not shift it.
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
    /** `{first, count, rows, stale, used}`; `rows` is null where they were dropped. */
    this.pages = [];
    /** The anchor of the next page; null at the end of the list, undefined before the first response. */
    this.next = undefined;
    /** How many messages the account has, and how many of them match the filters. */
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

  /** The row at an index; null while it is being loaded. */
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

  /** The row at an index if it is in memory, else null; nothing is loaded. */
  peek(index) {
    for (const page of this.pages) {
      if (index < page.count) return page.rows?.[index] ?? null;
      index -= page.count;
    }
    return null;
  }

  /** The index of a message among the rows in memory; -1 if it is not among them. */
  indexOf(id) {
    let before = 0;
    for (const page of this.pages) {
      const found = page.rows?.findIndex((row) => row.id === id) ?? -1;
      if (found >= 0) return before + found;
      before += page.count;
    }
    return -1;
  }

  /** Reload the list from its top, or from the message `start`, and drop the rest. Returns a promise of the list being loaded. */
  restart(start = null) {
    this.latest = this.load(start);
    return this.latest;
  }

  async load(start) {
    const generation = ++this.generation;
    let answer = null;
    let problem = null;
    try {
      answer = await this.ask({ start, limit: PAGE, count: true });
    } catch (error) {
      problem = error;
    }
    // Another reload was started meanwhile: its result counts.
    if (generation !== this.generation) return this.latest;
    this.error = problem;
    if (answer !== null) {
      this.pages = [];
      this.add(answer);
      [this.total, this.matching, this.unseen] = [answer.total, answer.matching, answer.newer];
    }
    return this.changed();
  }

  /** Update after a while: rows may have changed, and newer ones may have arrived. */
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

  /** Load the page after the last one, if there is one. */
  async more() {
    const { next, generation } = this;
    if (!next || this.loading.has(next)) return;
    this.loading.add(next);
    try {
      const answer = await this.ask({ before: next, limit: PAGE });
      if (generation !== this.generation) return;
      this.add(answer);
      this.drop();
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

  /** Reload a page that was dropped, or whose rows may have changed. */
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
        this.drop();
        this.changed();
      } else if (page.rows === null) await this.restart(); // some no longer match, or no longer exist; rows in memory stay until the next reload
    } catch (error) {
      this.error = error;
    } finally {
      this.loading.delete(page);
    }
  }

  /** Reload the pages that contain any of these messages. */
  async refresh(ids) {
    for (const page of this.pages) {
      if (page.rows?.some((row) => ids.has(row.id))) await this.fetch(page);
    }
  }

  drop() {
    const held = this.pages.filter((page) => page.rows !== null);
    held.sort((one, other) => one.used - other.used);
    for (const page of held.slice(0, Math.max(0, held.length - KEPT))) page.rows = null;
  }

  ask(part) {
    return get(of(this.account, "messages"), { ...this.query, ...part });
  }
}
