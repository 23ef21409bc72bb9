/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

/** What a request is for, which decides on its headers and on what of the answer matters. */
public enum Purpose {
    /** To a subscriber, whose answer may hold a reply. */
    REPLY_WANTED,
    /** To a subscriber whose answers count by their status alone. */
    REPLY_IGNORED,
    /** To a dead letter sink, whose answers count by their status alone. */
    DEAD_LETTER
}
