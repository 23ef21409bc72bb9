/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.channel.kafka.ProcessOptions.GroupProtocol;
import dev.sluice.channel.kafka.Sharing.Member;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SharingTest {

    private static final Member SAME = new Member("two", "sluice-read-uid");
    private static final Member OTHER = new Member("two", "sluice-read-other-uid");
    private static final Member EARLIER_VERSION = new Member("two", "sluice-read");
    private static final Member OF_SOMEBODY_ELSE = new Member("member-1", "consumer-7");

    private static Sharing sharing(boolean alone) {
        return new Sharing("uid", Optional.of("one"), alone, GroupProtocol.CONSUMER);
    }

    @Test
    void those_that_know_the_broker_by_one_uid_share_it() {
        assertThat(sharing(false).refusal(List.of(SAME, EARLIER_VERSION, OF_SOMEBODY_ELSE)))
                .isEmpty();
        assertThat(sharing(false).refusal(List.of(SAME, OTHER)).orElseThrow())
                .contains("another process reads it", "--channel kafka", "another name");
        assertThat(sharing(false).clientId()).isEqualTo("sluice-read-uid");
    }

    @Test
    void one_whose_uids_are_its_own_reads_beside_nobody_but_itself() {
        assertThat(sharing(true).refusal(List.of())).isEmpty();
        assertThat(sharing(true).refusal(List.of(new Member("one", "sluice-read-uid"))))
                .isEmpty();
        assertThat(List.of(
                        SAME,
                        OTHER,
                        EARLIER_VERSION,
                        OF_SOMEBODY_ELSE,
                        // This process when it had other options.
                        new Member("one", "sluice-read-other-uid")))
                .allSatisfy(member -> assertThat(sharing(true).refusal(List.of(member)))
                        .as("beside %s", member)
                        .isPresent());
    }

    @Test
    void one_that_is_to_be_alone_says_so_to_the_group_in_the_only_protocol_that_can() {
        assertThat(sharing(true).protocol()).isEqualTo(GroupProtocol.CLASSIC);
        assertThat(sharing(true).assignors()).containsExactly(SoleMemberAssignor.class.getName());
        assertThat(sharing(false).protocol()).isEqualTo(GroupProtocol.CONSUMER);
        assertThat(sharing(false).assignors()).containsExactly(GroupAssignor.class.getName());
    }

    @Test
    void an_assignor_for_one_member_has_a_name_of_its_own_that_the_member_keeps() {
        assertThat(assignor("one").name())
                .isEqualTo(assignor("one").name())
                .isNotEqualTo(assignor("two").name());
        assertThat(new SoleMemberAssignor().name()).isNotEqualTo(new SoleMemberAssignor().name());
    }

    private static SoleMemberAssignor assignor(String instanceId) {
        SoleMemberAssignor assignor = new SoleMemberAssignor();
        assignor.configure(Map.of("group.instance.id", instanceId));
        return assignor;
    }
}
