/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.dispatcher.delivery;

import io.cloudevents.CloudEvent;

/** What the result of an attempt means for the event. */
sealed interface Verdict {

    /** The subscriber or sink has the event, and that is all. */
    record Accepted() implements Verdict {
        static final Accepted INSTANCE = new Accepted();
    }

    /** The subscriber has the event and said something that is no reply; {@code text} shows what. */
    record UnusableReply(String text) implements Verdict {}

    /** The subscriber has the event and wants this one to enter the broker. */
    record Replied(CloudEvent reply) implements Verdict {}

    /** The attempt failed. */
    record Failed(Failure failure) implements Verdict {}
}
