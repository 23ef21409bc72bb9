/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.send;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the bodies of replies may take together while they are received, over all triggers: {@code --reply-memory}. A reply
 * is read when there is room for it; until then it stays where it is, in the connection. Safe for any thread.
 *
 * <pre>
 *   its length is known      room for all of it ─────────────────────▶ read to its end
 *   its length is not known  room for {@value #FIRST} bytes ──▶ more comes ──▶ room for the largest reply ──▶ read to its end
 * </pre>
 *
 * <p>Who has room for all of its reply is waiting for nobody, so it ends, and its room comes back. Should all of it be held by
 * those that wait for more, one of them gets what it needs although there is none: so there is always one that ends.
 *
 * <p>A destination may hold as much as is free of three quarters of it, and no more, so that one which answers slowly with
 * much does not keep others' replies waiting. The last quarter is for those that hold nothing.
 */
public final class ReplyMemory {

    /** Bytes of a reply whose length is not known, until more of it comes. Most replies are smaller. */
    static final int FIRST = 65_536;

    private final long capacity;
    private final Object lock = new Object();

    // Guarded by lock.
    private long held;
    /** Claims that have room for all of their reply. */
    private int whole;
    /** Those with claims that wait, in turn. */
    private final Set<Account> waiting = new LinkedHashSet<>();

    /** @param capacity bytes, 1 or more */
    public ReplyMemory(long capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity=" + capacity + " must be at least 1");
        }
        this.capacity = capacity;
    }

    /** Bytes that replies have room for now. */
    long held() {
        synchronized (lock) {
            return held;
        }
    }

    /** What the replies of one destination hold. */
    final class Account {
        private long own;
        private final Deque<Claim> claims = new ArrayDeque<>(1);

        /** For one more reply, which holds nothing yet. */
        Claim claim() {
            return new Claim(this);
        }
    }

    Account account() {
        return new Account();
    }

    /** The room of one reply. */
    final class Claim {
        private final Account account;
        private long has;
        private long wants;
        private boolean all;
        private @Nullable Runnable whenGranted;

        private Claim(Account account) {
            this.account = account;
        }

        /**
         * Asks for room. To be asked again only when there is.
         *
         * @param bytes in all, no fewer than before
         * @param whole whether the reply needs no more than that
         * @param whenGranted called once if there is no room now, when there is; on any thread, under no lock
         * @return whether there is room now
         */
        boolean take(long bytes, boolean whole, Runnable whenGranted) {
            synchronized (lock) {
                wants = bytes;
                all = whole;
                // Before those that have nothing yet, whom it would keep waiting with what it has.
                boolean first = has > 0 || account.claims.isEmpty();
                if (first && fits()) {
                    grant();
                    return true;
                }
                this.whenGranted = whenGranted;
                if (first) {
                    account.claims.addFirst(this);
                } else {
                    account.claims.addLast(this);
                }
                waiting.add(account);
                return false;
            }
        }

        private boolean fits() {
            long more = wants - has;
            long free = capacity - held;
            // Also where it is alone: what it holds itself must not be in its way.
            boolean room = account.own == has ? more <= free : account.own + more <= free - capacity / 4;
            return room || (ReplyMemory.this.whole == 0 && (all || held == 0));
        }

        private void grant() {
            held += wants - has;
            account.own += wants - has;
            has = wants;
            if (all) {
                ReplyMemory.this.whole++;
            }
        }

        /** The reply has been received, or will not be. Gives everything back. */
        void end() {
            List<Runnable> granted;
            synchronized (lock) {
                if (whenGranted != null) {
                    whenGranted = null;
                    account.claims.remove(this);
                    if (account.claims.isEmpty()) {
                        waiting.remove(account);
                    }
                } else if (all) {
                    ReplyMemory.this.whole--;
                }
                held -= has;
                account.own -= has;
                has = 0;
                all = false;
                granted = waiting.isEmpty() ? List.of() : grantWhatFits();
            }
            granted.forEach(Runnable::run);
        }
    }

    private List<Runnable> grantWhatFits() {
        List<Runnable> granted = new ArrayList<>();
        List<Account> served = new ArrayList<>();
        for (Iterator<Account> each = waiting.iterator(); each.hasNext(); ) {
            Account account = each.next();
            boolean any = false;
            for (Claim first = account.claims.peekFirst();
                    first != null && first.fits();
                    first = account.claims.peekFirst()) {
                account.claims.removeFirst();
                first.grant();
                any = true;
                Runnable tell = first.whenGranted;
                first.whenGranted = null;
                if (tell != null) {
                    granted.add(tell);
                }
            }
            if (any) {
                each.remove();
                if (!account.claims.isEmpty()) {
                    served.add(account);
                }
            }
        }
        // Behind those that have got nothing this time.
        waiting.addAll(served);
        return granted;
    }
}
