/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.channel.Positions;
import dev.sluice.api.channel.PositionsCodec;
import java.util.Base64;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What a commit says beside its offset, in the metadata that Kafka keeps with it: 4 KiB of text at most.
 *
 * <pre>
 *   sluice/1 TOPIC-ID APPLIED inline POSITIONS      the positions themselves, in Base64
 *   sluice/1 TOPIC-ID APPLIED snapshot GENERATION   where they are in the cursor topic
 * </pre>
 *
 * @param topicId of the topic as it was; another one with the same name has other offsets
 * @param applied the offset of the cursor topic up to which starts are covered by these positions
 * @param positions if they are here
 * @param generation of the snapshot, if they are there
 */
record CommitMetadata(
        Uuid topicId,
        long applied,
        @Nullable Positions positions,
        @Nullable String generation) {

    /** Kafka's {@code offset.metadata.max.bytes}, which is 4096 unless an operator has changed it. */
    static final int LONGEST = 4096;

    private static final String FAMILY = "sluice/";
    private static final String VERSION = FAMILY + "1";

    /**
     * The metadata with the positions in it, or null if they don't fit.
     *
     * @param encoded as {@link PositionsCodec} does
     */
    static @Nullable String inline(Uuid topicId, long applied, byte[] encoded) {
        if (encoded.length > LONGEST) {
            // It may be megabytes.
            return null;
        }
        String text = prefix(topicId, applied) + "inline "
                + Base64.getEncoder().withoutPadding().encodeToString(encoded);
        return text.length() <= LONGEST ? text : null;
    }

    static String snapshot(Uuid topicId, long applied, String generation) {
        return prefix(topicId, applied) + "snapshot " + generation;
    }

    private static String prefix(Uuid topicId, long applied) {
        return VERSION + " " + topicId + " " + applied + " ";
    }

    /**
     * Null for metadata of somebody else, as after {@code kafka-consumer-groups.sh --reset-offsets}.
     *
     * @throws IllegalArgumentException if it is of a Sluice whose format is not known here, or damaged
     */
    static @Nullable CommitMetadata parse(String metadata) {
        if (!metadata.startsWith(FAMILY)) {
            return null;
        }
        String[] parts = metadata.split(" ", -1);
        if (!parts[0].equals(VERSION) || parts.length != 5) {
            throw new IllegalArgumentException("the committed positions are in the format " + parts[0]
                    + ", and this process knows " + VERSION + "; it may be older than the one that wrote them");
        }
        Uuid topicId = Uuid.fromString(parts[1]);
        long applied = Long.parseLong(parts[2]);
        return switch (parts[3]) {
            case "inline" ->
                new CommitMetadata(
                        topicId,
                        applied,
                        PositionsCodec.decode(Base64.getDecoder().decode(parts[4])),
                        null);
            case "snapshot" -> new CommitMetadata(topicId, applied, null, parts[4]);
            default -> throw new IllegalArgumentException("the committed positions are neither inline nor a snapshot");
        };
    }
}
