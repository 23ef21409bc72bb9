/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a reader comes into its Broker's group. */
sealed interface Entrance {

    Logger LOG = LoggerFactory.getLogger(Entrance.class);

    /** Of a reader that could not begin: leaves the group. */
    void leave();

    /** It asks to be let in. */
    record Anew() implements Entrance {
        @Override
        public void leave() {
            // It has not got there.
        }
    }

    /** It goes on as a member that has been let in, or waits for that. */
    record As(EarlyMember.Joined member) implements Entrance {
        @Override
        public void leave() {
            try {
                member.consumer()
                        .close(CloseOptions.timeout(PollThread.CALL)
                                .withGroupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP));
            } catch (KafkaException e) {
                LOG.atDebug().addKeyValue("error", e.toString()).log("a member left its group without a word");
            }
        }
    }

    /** It begins while the member waits for partitions to be dealt out, on a {@link Claim}. */
    record Ahead(EarlyMember member) implements Entrance {
        @Override
        public void leave() {
            member.leave();
        }
    }
}
