/**
 * A long list of messages, loaded from the API page by page as it is scrolled, newest first.
 *
 * Pages far from the visible part are dropped and loaded again when needed, so memory stays bounded however long the list
 * is. A page is anchored by the id it starts after, so new messages do not shift it.
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
    /** `{before, count, rows, used}`; `rows` is null where they were dropped. */
    this.pages = [];
    /** The anchor of the next page; null at the end of the list, undefined before the first response. */
    this.next = undefined;
    /** How many messages the account has, whatever the filters. */
    this.total = 0;
    /** How many messages came that are not in the list yet. */
    this.unseen = 0;
    this.error = null;
    this.loading = new Map();
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
        if (page.rows === null) this.fetch(page);
        return page.rows?.[index] ?? null;
      }
      index -= page.count;
    }
    return null;
  }

  /** The index of a message among the rows in memory; -1 if it is not among them. */
  indexOf(id) {
    let start = 0;
    for (const page of this.pages) {
      const found = page.rows?.findIndex((row) => row.id === id) ?? -1;
      if (found >= 0) return start + found;
      start += page.count;
    }
    return -1;
  }

  /** Reload the start of the list and drop the rest. */
  async restart() {
    const generation = ++this.generation;
    try {
      const answer = await this.ask(null, PAGE);
      if (generation !== this.generation) return;
      this.error = null;
      this.pages = [{ before: null, count: answer.messages.length, rows: answer.messages, used: ++this.turn }];
      this.next = answer.next;
      this.total = answer.total;
      this.unseen = 0;
    } catch (error) {
      if (generation !== this.generation) return;
      this.error = error;
    }
    this.changed();
  }

  /** Load the page after the last one, if there is one. */
  async more() {
    if (!this.next || this.loading.has(this.next)) return;
    const page = { before: this.next, count: 0, rows: null, used: ++this.turn };
    const generation = this.generation;
    this.loading.set(page.before, page);
    try {
      const answer = await this.ask(page.before, PAGE);
      if (generation !== this.generation) return;
      page.rows = answer.messages;
      page.count = answer.messages.length;
      this.pages.push(page);
      this.next = answer.next;
      this.letGo();
      this.changed();
    } catch (error) {
      this.error = error;
    } finally {
      this.loading.delete(page.before);
    }
  }

  /** Reload a page that was dropped, or whose rows may have changed. */
  async fetch(page) {
    if (this.loading.has(page)) return;
    const generation = this.generation;
    this.loading.set(page, page);
    try {
      const first = page.rows?.[0]?.id;
      const answer = await this.ask(page.before, page.before === null ? Math.min(1000, page.count + this.unseen) : page.count);
      if (generation !== this.generation) return;
      // Messages newer than the start of the first page are shown only on request.
      const from = page.before === null ? answer.messages.findIndex(({ id }) => id === first) : 0;
      const rows = answer.messages.slice(Math.max(0, from), Math.max(0, from) + page.count);
      if (rows.length === page.count) {
        page.rows = rows;
        this.letGo();
        this.changed();
      }
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

  letGo() {
    const held = this.pages.filter((page) => page.rows !== null && page.before !== null);
    held.sort((one, other) => one.used - other.used);
    for (const page of held.slice(0, Math.max(0, held.length - KEPT))) page.rows = null;
  }

  ask(before, limit) {
    return get(of(this.account, "messages"), { ...this.query, limit, before });
  }
}
