/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.channel.kafka;

import dev.sluice.api.routing.ChannelSpec;
import dev.sluice.channel.kafka.ProcessOptions.GroupProtocol;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Who may read a Broker's topic beside this process: those that know the Broker, and so its Triggers, by the same UIDs.
 * Others would take them for different ones, deliver what this one has delivered, and in the end forget what it has not.
 *
 * @param brokerUid by which this process knows the Broker
 * @param instanceId by which the group knows this process, if it has one
 * @param alone whether no other process can know the Broker by that UID
 * @param wished the group protocol that is asked for
 */
record Sharing(String brokerUid, Optional<String> instanceId, boolean alone, GroupProtocol wished) {

    /** Begins the client id of every reader, so that each can be seen to know the Broker by this UID. */
    private static final String CLIENT_PREFIX = "sluice-read-";

    /** A member of a group, as the coordinator shows it: by its instance id, or the member id of one that has none. */
    record Member(String name, String clientId) {}

    static Sharing of(ChannelSpec spec, ProcessOptions process) {
        return new Sharing(spec.brokerUid(), process.instanceId(), process.localIdentities(), process.groupProtocol());
    }

    String clientId() {
        return CLIENT_PREFIX + brokerUid;
    }

    /** The classic one where nobody may join: by the newer one the coordinator has nothing to tell members apart by. */
    GroupProtocol protocol() {
        return alone ? GroupProtocol.CLASSIC : wished;
    }

    /** How partitions are dealt out by the classic protocol. */
    List<String> assignors() {
        return List.of((alone ? SoleMemberAssignor.class : GroupAssignor.class).getName());
    }

    /** Why this process must not read beside these; empty if it may. */
    Optional<String> refusal(Collection<Member> members) {
        for (Member member : members) {
            if (alone ? !isThis(member) : knowsAnother(member)) {
                return Optional.of(WHY);
            }
        }
        return Optional.empty();
    }

    static final String WHY =
            "another process reads it, and its Triggers have other UIDs than here, so the two would take"
                    + " them for different ones; have all of them read the same resources, with --channel kafka (which may be"
                    + " overruled for single Brokers with sluice.dev/channel), or stop the other one, or give this Broker another"
                    + " name";

    /** Whether nobody but this process, before it was killed perhaps, is among the members. */
    boolean isWithoutOthers(Collection<Member> members) {
        for (Member member : members) {
            if (!isThis(member)) {
                return false;
            }
        }
        return true;
    }

    /** Whether this process is among the members, and nobody else. */
    boolean isAlone(Collection<Member> members) {
        return !members.isEmpty() && isWithoutOthers(members);
    }

    /** Before it was killed, perhaps. */
    private boolean isThis(Member member) {
        return member.clientId().equals(clientId())
                && instanceId.filter(member.name()::equals).isPresent();
    }

    /** One that does not say what it knows may be of an earlier version, and is trusted. */
    private boolean knowsAnother(Member member) {
        return member.clientId().startsWith(CLIENT_PREFIX) && !member.clientId().equals(clientId());
    }
}
