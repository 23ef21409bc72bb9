/*
 * Copyright 2026 The Sluice Authors
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.sluice.control.reconcile;

import static java.util.Objects.requireNonNull;

import dev.sluice.control.resource.TriggerStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What its status shows of a Trigger's deliveries at one moment.
 *
 * @param inFlight events that are matched and at no end yet
 * @param standstill why its events wait, if they do
 * @param since when it came to a standstill, or went on
 * @param lastFailure what was wrong with the attempt that failed last
 * @param lastUnusableReply the beginning of the last answer that was no reply
 * @param lastLoss what its log gave up last before it had been delivered
 * @param nearRetention what its log gives up soon, if it is so far behind
 */
public record TriggerObservation(
        long inFlight,
        Optional<Standstill> standstill,
        Instant since,
        Optional<String> lastFailure,
        Optional<String> lastUnusableReply,
        Optional<Loss> lastLoss,
        Optional<Loss> nearRetention) {

    /** Keys of {@code status.annotations}. */
    private static final String IN_FLIGHT = "sluice.dev/in-flight";

    private static final String LAST_FAILURE = "sluice.dev/last-failure";
    private static final String UNUSABLE_REPLY = "sluice.dev/last-unusable-reply";

    private static final String LOST = "LostToRetention";
    private static final String NEAR = "RetentionNear";

    /**
     * That no events are begun.
     *
     * @param reason in CamelCase
     * @param message for people
     */
    public record Standstill(String reason, String message) {
        public Standstill {
            requireNonNull(reason, "reason");
            requireNonNull(message, "message");
        }
    }

    /**
     * That events are gone which it had not had, or will be soon.
     *
     * @param at when that was noticed
     * @param message for people
     */
    public record Loss(Instant at, String message) {
        public Loss {
            requireNonNull(at, "at");
            requireNonNull(message, "message");
        }
    }

    public TriggerObservation {
        requireNonNull(standstill, "standstill");
        requireNonNull(since, "since");
        requireNonNull(lastFailure, "lastFailure");
        requireNonNull(lastUnusableReply, "lastUnusableReply");
        requireNonNull(lastLoss, "lastLoss");
        requireNonNull(nearRetention, "nearRetention");
    }

    /** The reasons of all that a person should notice, in one order; none if there is nothing. */
    public List<String> reasons() {
        List<String> reasons = new ArrayList<>(3);
        standstill.ifPresent(why -> reasons.add(why.reason()));
        lastLoss.ifPresent(loss -> reasons.add(LOST));
        nearRetention.ifPresent(loss -> reasons.add(NEAR));
        return List.copyOf(reasons);
    }

    /** The status with what a person should notice added, and nothing that changes with each event. */
    public TriggerStatus noticedIn(TriggerStatus status) {
        List<Condition> more = new ArrayList<>(3);
        standstill.ifPresent(why -> more.add(delivering(why.message())));
        return shownIn(status, more);
    }

    /** The status with all that was seen added. */
    public TriggerStatus shownIn(TriggerStatus status) {
        TriggerStatus shown = shownIn(
                status,
                List.of(delivering(standstill.map(Standstill::message).orElse("") + "; " + inFlight
                        + (inFlight == 1 ? " event waits" : " events wait"))));
        Map<String, String> annotations = new TreeMap<>();
        if (status.getAnnotations() != null) {
            annotations.putAll(status.getAnnotations());
        }
        annotations.put(IN_FLIGHT, Long.toString(inFlight));
        lastFailure.ifPresent(text -> annotations.put(LAST_FAILURE, text));
        lastUnusableReply.ifPresent(text -> annotations.put(UNUSABLE_REPLY, text));
        shown.setAnnotations(annotations);
        return shown;
    }

    private static Condition condition(String type, boolean holds, Instant since) {
        Condition condition = new Condition();
        condition.setType(type);
        condition.setStatus(holds ? "True" : "False");
        // Knative's word for a condition that Ready does not depend on.
        condition.setAdditionalProperty("severity", "Info");
        condition.setLastTransitionTime(since.truncatedTo(ChronoUnit.SECONDS).toString());
        return condition;
    }

    private static Condition lost(String type, String reason, Loss loss) {
        Condition condition = condition(type, false, loss.at());
        condition.setReason(reason);
        condition.setMessage(loss.message());
        return condition;
    }

    private TriggerStatus shownIn(TriggerStatus status, List<Condition> more) {
        TriggerStatus shown = status.copy();
        List<Condition> conditions =
                new ArrayList<>(status.getConditions() == null ? List.of() : status.getConditions());
        conditions.addAll(more);
        lastLoss.ifPresent(loss -> conditions.add(lost(ConditionTypes.RETAINED, LOST, loss)));
        nearRetention.ifPresent(loss -> conditions.add(lost(ConditionTypes.WITHIN_RETENTION, NEAR, loss)));
        conditions.sort(Comparator.comparing(Condition::getType));
        shown.setConditions(List.copyOf(conditions));
        return shown;
    }

    /** @param message of a standstill */
    private Condition delivering(String message) {
        Condition condition = condition(ConditionTypes.DELIVERING, standstill.isEmpty(), since);
        standstill.ifPresent(why -> {
            condition.setReason(why.reason());
            condition.setMessage(message);
        });
        return condition;
    }
}
