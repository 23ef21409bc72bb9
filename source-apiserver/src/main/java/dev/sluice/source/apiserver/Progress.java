/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.source.apiserver;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * How far one watch has got: up to which resource version the sink has all that it told. On the context of its source only.
 */
final class Progress {

    /** An event on its way. */
    static final class Step {

        private String through;
        private boolean settled;

        private Step(String through) {
            this.through = through;
        }
    }

    /** Beyond it, steps that say nothing any more are looked for. */
    private static final int MOST_STEPS = 1_000;

    private final ArrayDeque<Step> steps = new ArrayDeque<>();
    private String version;
    private boolean news;

    /** @param version from which it goes on; empty if nothing is known yet */
    Progress(String version) {
        this.version = version;
    }

    /** The watch can go on from here without leaving anything out; empty if nothing is known yet. */
    String version() {
        return version;
    }

    /**
     * Something is to be sent.
     *
     * @param through the version that is reached when it and everything before it has been; empty: none of its own
     */
    Step begin(String through) {
        Step step = new Step(through);
        steps.add(step);
        return step;
    }

    /** The sink has it, or never will. */
    void settle(Step step) {
        step.settled = true;
        for (Step first = steps.peek(); first != null && first.settled; first = steps.peek()) {
            steps.remove();
            if (!first.through.isEmpty()) {
                version = first.through;
                news = true;
            }
        }
        if (steps.size() > MOST_STEPS) {
            forgetCovered();
        }
    }

    /** Of settled steps side by side the last says it all, and what is not settled is bounded by the outbox. */
    private void forgetCovered() {
        Step later = null;
        for (Iterator<Step> back = steps.descendingIterator(); back.hasNext(); ) {
            Step step = back.next();
            if (later != null && later.settled && step.settled) {
                if (later.through.isEmpty()) {
                    later.through = step.through;
                }
                back.remove();
            } else {
                later = step;
            }
        }
    }

    /** How many steps are remembered. */
    int steps() {
        return steps.size();
    }

    /** The watch has come so far, with nothing to send. */
    void pass(String to) {
        Step last = steps.peekLast();
        if (last != null) {
            last.through = to;
        } else {
            // The first is worth as much as an event: what comes after it would be left out otherwise.
            news |= version.isEmpty();
            version = to;
        }
    }

    /** Whether something was sent, or begun, since this was asked last. */
    boolean hasNews() {
        boolean had = news;
        news = false;
        return had;
    }
}
