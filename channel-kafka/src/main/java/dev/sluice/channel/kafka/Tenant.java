/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Whose positions in a topic are meant: those of the triggers of one Broker.
 *
 * @param topicId of the topic
 * @param group of the Broker's dispatchers, in whose commits the positions are
 * @param external whether the topic is somebody else's, so that other Brokers may read it as well
 */
record Tenant(Uuid topicId, String group, boolean external) {

    /** Between what is known anyhow and the group. Neither UIDs nor the names of groups have it. */
    private static final char MARK = '@';

    /** What ends the key of what is kept for this Broker beside others. */
    String mark() {
        return MARK + group;
    }

    /** Whether something that is marked with this group, or with none if null, may be this Broker's. */
    boolean mayHave(@Nullable String marked) {
        return marked == null || marked.equals(group);
    }

    /** The group with which something is marked; null if it is not. */
    static @Nullable String markOf(String text) {
        int mark = text.indexOf(MARK);
        return mark < 0 ? null : text.substring(mark + 1);
    }

    /** What is marked, without the mark. */
    static String withoutMark(String text) {
        int mark = text.indexOf(MARK);
        return mark < 0 ? text : text.substring(0, mark);
    }
}
