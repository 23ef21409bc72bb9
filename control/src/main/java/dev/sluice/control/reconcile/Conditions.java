/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The conditions of one resource, and how {@code Ready} follows from them (Knative's "living" condition set). */
final class Conditions {

    enum State {
        TRUE("True"),
        FALSE("False"),
        UNKNOWN("Unknown");

        private final String text;

        State(String text) {
            this.text = text;
        }
    }

    record Mark(State state, String reason, String message) {

        static final Mark TRUE = new Mark(State.TRUE, "", "");

        static Mark isTrue(String reason, String message) {
            return new Mark(State.TRUE, reason, message);
        }

        static Mark isFalse(String reason, String message) {
            return new Mark(State.FALSE, reason, message);
        }

        static Mark unknown(String reason, String message) {
            return new Mark(State.UNKNOWN, reason, message);
        }
    }

    static final String READY = "Ready";

    private final Map<String, Mark> marks = new LinkedHashMap<>();

    /** @param dependents the conditions that all have to be True; unknown until they are marked */
    Conditions(List<String> dependents) {
        dependents.forEach(type -> marks.put(type, Mark.unknown("", "")));
    }

    Conditions(Conditions other) {
        marks.putAll(other.marks);
    }

    void mark(String type, Mark mark) {
        if (marks.replace(type, mark) == null) {
            throw new IllegalArgumentException("no such condition: " + type);
        }
    }

    Mark get(String type) {
        Mark mark = marks.get(type);
        if (mark == null) {
            throw new IllegalArgumentException("no such condition: " + type);
        }
        return mark;
    }

    /** By type, as they are now. */
    Map<String, Mark> marks() {
        return Map.copyOf(marks);
    }

    /** Adds to the message of every condition that is False. */
    void addToFailures(String more) {
        marks.replaceAll((type, mark) ->
                mark.state() == State.FALSE ? Mark.isFalse(mark.reason(), mark.message() + more) : mark);
    }

    /** Without regard to times: where several are False, the first declared. */
    Mark ready() {
        return ready(Map.of());
    }

    private Mark ready(Map<String, String> transitions) {
        @Nullable Mark worst = null;
        String latest = "";
        for (Map.Entry<String, Mark> entry : marks.entrySet()) {
            Mark mark = entry.getValue();
            if (mark.state() == State.TRUE) {
                continue;
            }
            String time = transitions.getOrDefault(entry.getKey(), "");
            boolean worse = worst == null
                    || (worst.state() == State.UNKNOWN && mark.state() == State.FALSE)
                    || (worst.state() == mark.state() && mark.state() == State.FALSE && time.compareTo(latest) > 0);
            if (worse) {
                worst = mark;
                latest = time;
            }
        }
        return worst == null ? Mark.TRUE : worst;
    }

    /** As they are written into a status, sorted by type. A transition is a change of the condition's status. */
    List<Condition> written(@Nullable List<Condition> before, Instant now) {
        Map<String, Condition> earlier = new LinkedHashMap<>();
        if (before != null) {
            before.forEach(condition -> earlier.put(condition.getType(), condition));
        }
        // RFC 3339 in UTC to the second, as Kubernetes writes times; such texts sort as the times do.
        String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
        List<Condition> written = new ArrayList<>(marks.size() + 1);
        Map<String, String> transitions = new LinkedHashMap<>();
        marks.forEach((type, mark) -> {
            Condition condition = write(type, mark, earlier.get(type), time);
            transitions.put(type, condition.getLastTransitionTime());
            written.add(condition);
        });
        written.add(write(READY, ready(transitions), earlier.get(READY), time));
        written.sort(Comparator.comparing(Condition::getType));
        return List.copyOf(written);
    }

    private static Condition write(String type, Mark mark, @Nullable Condition before, String now) {
        Condition condition = new Condition();
        condition.setType(type);
        condition.setStatus(mark.state().text);
        condition.setReason(mark.reason().isEmpty() ? null : mark.reason());
        condition.setMessage(mark.message().isEmpty() ? null : mark.message());
        condition.setLastTransitionTime(
                before != null && before.getStatus().equals(mark.state().text) ? before.getLastTransitionTime() : now);
        return condition;
    }
}
