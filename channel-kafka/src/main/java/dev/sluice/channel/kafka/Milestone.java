/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.Position;
import dev.sluice.api.channel.Positions;
import dev.sluice.api.channel.PositionsCodec;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/**
 * What is kept in the cursor topic of where the Triggers of a Broker once were in a partition, for when Kafka has forgotten
 * what their group committed: they are there or later, since it is written behind a commit.
 *
 * @param atMillis when it was written, in milliseconds since 1970
 * @param applied the offset of the cursor topic up to which starts are covered by these positions
 * @param positions without what is finished behind something unfinished, for which it is too coarse
 */
record Milestone(long atMillis, long applied, Positions positions) {

    private static final String VERSION = "1";

    /** Where they are by a commit, as small as it can be said without passing anything over. */
    static Milestone of(long atMillis, long applied, Positions committed) {
        Map<String, Position> lowest = new HashMap<>();
        committed.exceptions().forEach((uid, position) -> lowest.put(uid, Position.at(position.lowest())));
        return new Milestone(atMillis, applied, new Positions(committed.watermark(), lowest));
    }

    String text() {
        return VERSION + " " + atMillis + " " + applied + " "
                + Base64.getEncoder().withoutPadding().encodeToString(PositionsCodec.encode(positions));
    }

    /** @throws IllegalArgumentException if it is in a format that is not known here, or damaged */
    static Milestone parse(String text) {
        String[] parts = text.split(" ", -1);
        if (!parts[0].equals(VERSION) || parts.length != 4) {
            throw new IllegalArgumentException("a milestone is in the format " + parts[0] + ", and this process knows "
                    + VERSION + "; it may be older than the one that wrote it");
        }
        return new Milestone(
                Long.parseLong(parts[1]),
                Long.parseLong(parts[2]),
                PositionsCodec.decode(Base64.getDecoder().decode(parts[3])));
    }
}
