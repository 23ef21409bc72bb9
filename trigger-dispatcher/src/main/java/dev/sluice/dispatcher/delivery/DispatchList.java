/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A list through the neighbours of its members, so that a backlog of a million costs no array and is given back at once. */
final class DispatchList {

    private @Nullable Dispatch first;
    private @Nullable Dispatch last;
    private int size;

    int size() {
        return size;
    }

    void forEach(Consumer<Dispatch> action) {
        for (Dispatch at = first; at != null; at = at.next) {
            action.accept(at);
        }
    }

    @Nullable
    Dispatch first() {
        return first;
    }

    @Nullable
    Dispatch last() {
        return last;
    }

    void addLast(Dispatch added) {
        insertAfter(last, added);
    }

    /** Adds all members of another list in their order, and leaves that empty. Takes no longer for many than for few. */
    void addAllLast(DispatchList other) {
        Dispatch head = other.first;
        if (head == null) {
            return;
        }
        head.previous = last;
        if (last == null) {
            first = head;
        } else {
            last.next = head;
        }
        last = other.last;
        size += other.size;
        other.first = null;
        other.last = null;
        other.size = 0;
    }

    /** Adds behind the last member that is due no later: at the end, unless a timeout was shortened. */
    void addByDueTime(Dispatch added) {
        Dispatch before = last;
        while (before != null && before.dueNanos - added.dueNanos > 0) {
            before = before.previous;
        }
        insertAfter(before, added);
    }

    private void insertAfter(@Nullable Dispatch before, Dispatch added) {
        Dispatch after = before == null ? first : before.next;
        added.previous = before;
        added.next = after;
        if (before == null) {
            first = added;
        } else {
            before.next = added;
        }
        if (after == null) {
            last = added;
        } else {
            after.previous = added;
        }
        size++;
    }

    void remove(Dispatch member) {
        Dispatch before = member.previous;
        Dispatch after = member.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        member.previous = null;
        member.next = null;
        size--;
    }

    /** Takes out those that are meant, in their order. */
    void takeOut(Predicate<Dispatch> which, Consumer<Dispatch> out) {
        Dispatch member = first;
        while (member != null) {
            Dispatch after = member.next;
            if (which.test(member)) {
                remove(member);
                out.accept(member);
            }
            member = after;
        }
    }

    @Nullable
    Dispatch pollFirst() {
        Dispatch polled = first;
        if (polled != null) {
            remove(polled);
        }
        return polled;
    }
}
